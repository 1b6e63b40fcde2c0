// Loaded before Redoc: its sheets carry the nonce that the page's policy asks for, and its logo,
// which it would fetch from another site, is left out.
"use strict";

(() => {
  const nonce = document.currentScript.nonce;
  const make = Document.prototype.createElement;

  Document.prototype.createElement = function (name, ...others) {
    const element = make.call(this, name, ...others);
    const tag = String(name).toLowerCase();
    if (tag === "style") element.nonce = nonce;
    if (tag === "img") {
      element.setAttribute = setOwnOnly;
      Object.defineProperty(element, "src", { set: (value) => element.setAttribute("src", value) });
    }
    return element;
  };

  function setOwnOnly(name, value) {
    const isOther = name === "src" && new URL(value, location.href).origin !== location.origin;
    Element.prototype.setAttribute.call(this, isOther ? "hidden" : name, isOther ? "" : value);
  }

  document.addEventListener("DOMContentLoaded", async () => {
    const target = document.getElementById("redoc");
    const answer = await fetch(target.dataset.schema, { headers: { Accept: "application/json" } });
    const options = { disableSearch: true, hideDownloadButton: true, nativeScrollbars: true };
    Redoc.init(await answer.json(), options, target);
  });
})();
