// Loaded before Redoc: its sheets carry the nonce that the page's policy asks for, and its logo,
// which it would fetch from another site, is left out. Its colors are those of the other pages.
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

  function theme() {
    const root = document.documentElement;
    const style = getComputedStyle(root);
    root.classList.toggle("dark-mode", style.colorScheme === "dark");
    const token = (name) => style.getPropertyValue(`--${name}`).trim();
    const text = { primary: token("ink"), secondary: token("ink-2") };
    const fontFamily = token("sans");
    const servers = { backgroundColor: token("surface"), textColor: text.primary };
    return {
      colors: {
        primary: { main: token("accent") },
        success: { main: token("good") },
        error: { main: token("danger") },
        warning: { main: token("warn") },
        gray: { 50: token("surface-2"), 100: token("line") },
        border: { light: token("line"), dark: token("line-strong") },
        text,
      },
      schema: {
        nestedBackground: token("surface-2"),
        linesColor: token("line-strong"),
        typeNameColor: text.secondary,
        typeTitleColor: text.secondary,
        requireLabelColor: token("danger"),
      },
      sidebar: { backgroundColor: token("paper"), textColor: text.primary },
      rightPanel: { servers: { overlay: servers, url: servers } },
      typography: {
        fontFamily,
        headings: { fontFamily },
        code: { color: token("danger"), backgroundColor: token("surface-2") },
        links: { color: token("accent"), hover: token("accent-hover"), visited: token("accent") },
      },
    };
  }

  document.addEventListener("DOMContentLoaded", async () => {
    const target = document.getElementById("redoc");
    const answer = await fetch(target.dataset.schema, { headers: { Accept: "application/json" } });
    const options = { disableSearch: true, hideDownloadButton: true, nativeScrollbars: true, theme: theme() };
    Redoc.init(await answer.json(), options, target);
  });
})();
