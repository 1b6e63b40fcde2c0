// Around htmx's polling: says changes once to screen readers, and leaves when the answer is not a fragment.
(() => {
  function announce() {
    const region = document.getElementById("announcement");
    const source = document.querySelector("#result [data-announce]");
    // the fragment is replaced every second; only a change is worth saying
    if (region && source && region.textContent !== source.dataset.announce) {
      region.textContent = source.dataset.announce;
    }
  }

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig } = event.detail;
    const answered = new URL(xhr.responseURL, location.href).pathname;
    const asked = new URL(requestConfig.path, location.href).pathname;
    const moved = xhr.responseURL && answered !== asked; // signed out meanwhile: this is the sign-in page
    const gone = [401, 403, 404].includes(xhr.status);
    if (!moved && !gone) return;
    event.detail.shouldSwap = false;
    location.reload();
  });
  document.addEventListener("htmx:afterSettle", announce);
})();
