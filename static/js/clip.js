// Around htmx's requests: says changes once to screen readers, and keeps the page with all that was
// typed when the answer is no fragment: signed out meanwhile, or deleted in another tab.
(() => {
  const words = document.currentScript.dataset;
  const notice = document.createElement("p");
  notice.className = "notice notice-warning trouble";
  notice.setAttribute("role", "alert");

  function announce() {
    const region = document.getElementById("announcement");
    const source = document.querySelector("#result [data-announce]");
    // the fragment is replaced every second; only a change is worth saying
    if (region && source && region.textContent !== source.dataset.announce) {
      region.textContent = source.dataset.announce;
    }
  }

  function troubleOf({ xhr, requestConfig }) {
    if (xhr.status === 404) return "gone";
    if ([401, 403].includes(xhr.status)) return "signedOut";
    const answered = new URL(xhr.responseURL, location.href).pathname;
    const asked = new URL(requestConfig.path, location.href).pathname;
    return xhr.responseURL && answered !== asked ? "signedOut" : ""; // this is the sign-in page
  }

  function tell(trouble, part) {
    const link = document.createElement("a");
    link.href = trouble === "gone" ? words.history : `${words.signIn}?next=${encodeURIComponent(location.pathname)}`;
    link.textContent = trouble === "gone" ? words.historyName : words.signInName;
    if (trouble !== "gone") link.target = "_blank"; // what was typed stays here
    const isNew = !notice.isConnected || notice.firstChild?.data !== `${words[trouble]} `;
    if (isNew) notice.replaceChildren(`${words[trouble]} `, link);
    const heading = part?.querySelector("h2");
    if (heading && !heading.parentElement.contains(notice)) heading.after(notice);
    else if (!notice.isConnected) document.querySelector("main h1").closest(".page-head, h1").after(notice);
  }

  // somebody may have signed in anew in another tab: then this page's token is an old one
  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
    const { formData } = event.detail;
    if (token && formData.has("csrfmiddlewaretoken")) formData.set("csrfmiddlewaretoken", token);
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    const trouble = troubleOf(event.detail);
    if (!trouble) {
      if (event.detail.shouldSwap) notice.remove();
      return;
    }
    event.detail.shouldSwap = false;
    event.detail.isError = false; // told here, in words that say more
    const { elt } = event.detail.requestConfig;
    tell(trouble, elt.closest(".action"));
    elt.dispatchEvent(new CustomEvent("trouble", { bubbles: true }));
    // nothing to ask for any more: without htmx's own data a copy polls no longer
    if (trouble === "gone" && elt.matches("[hx-trigger^=every]")) elt.replaceWith(elt.cloneNode(true));
  });
  document.addEventListener("htmx:afterSettle", announce);
})();
