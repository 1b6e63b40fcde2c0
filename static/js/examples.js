// Examples on the landing page: a refusal is shown like a result, and changes are said once.
(() => {
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 429) event.detail.shouldSwap = true;
  });
  document.addEventListener("htmx:afterSettle", () => {
    const region = document.getElementById("example-announcement");
    const text = document.querySelector("#example-result [data-announce]")?.dataset.announce ?? "";
    if (region && text && region.textContent !== text) region.textContent = text;
  });
  // One voice at a time.
  document.addEventListener("play", (event) => {
    for (const audio of document.querySelectorAll("audio")) if (audio !== event.target) audio.pause();
  }, true);
})();
