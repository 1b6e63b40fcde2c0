// Says each change of the polled batch once, outside of what is replaced.
(() => {
  function announce() {
    const region = document.getElementById("batch-announcement");
    const text = document.getElementById("batch")?.dataset.announce ?? "";
    if (region && region.textContent !== text) region.textContent = text;
  }
  document.addEventListener("htmx:afterSettle", announce);
})();
