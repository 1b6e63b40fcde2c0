// Asks for the part that polls when the server tells of news. Polling goes on: slowly while news can
// come, as ever when there is no stream (none left, or something on the way holds it back).
(() => {
  const { live, part, event: name, pauseMs } = document.currentScript.dataset;
  const SLOWLY_MS = 5000;
  let source = null;
  let isNews = false;
  let isAsking = false;
  let askedAt = -SLOWLY_MS;
  let timer = null;

  function ask() {
    if (!isNews || isAsking) return;
    isNews = false;
    htmx.trigger(document.getElementById(part), "news");
  }

  function askSoon() {
    clearTimeout(timer);
    timer = setTimeout(ask, askedAt + Number(pauseMs) - performance.now());
  }

  function hear() {
    isNews = true;
    if (!isAsking) askSoon();
  }

  const isOurs = ({ requestConfig }) => requestConfig.elt.id === part;

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!isOurs(event.detail)) return;
    const isPoll = event.detail.requestConfig.triggeringEvent?.type !== "news";
    const isOpen = source?.readyState === EventSource.OPEN;
    if (isPoll && isOpen && performance.now() - askedAt < SLOWLY_MS) {
      event.preventDefault();
      return;
    }
    isAsking = true;
    askedAt = performance.now();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!isOurs(event.detail)) return;
    isAsking = false;
    askedAt = performance.now(); // in a moment the part is a new one, which listens
    askSoon();
  });

  // not before htmx has looked at the page
  document.addEventListener("DOMContentLoaded", () => {
    source = new EventSource(live);
    source.addEventListener(name, hear);
    source.addEventListener("end", () => {
      source.close();
      hear();
    });
  });
})();
