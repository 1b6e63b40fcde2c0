// Around the parts that htmx swaps: answers at once, says aloud what happened, copies a link.
(() => {
  const region = document.createElement("p");
  region.className = "visually-hidden";
  region.setAttribute("role", "status");
  document.body.append(region);

  function say(words) {
    region.textContent = "";
    requestAnimationFrame(() => { region.textContent = words; });
  }

  function press(form, button) {
    for (const choice of form.querySelectorAll("[aria-pressed]")) {
      choice.setAttribute("aria-pressed", String(choice === button));
    }
  }

  function showFailure(part) {
    const words = part.querySelector(".action-failed") || document.createElement("p");
    words.className = "notice notice-error action-failed";
    words.textContent = part.dataset.failed;
    part.querySelector("h2").after(words);
    say(words.textContent);
  }

  function offerCopies() {
    if (!navigator.clipboard) return;
    for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
  }

  // the click shows before the server has answered; a refusal takes it back
  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.target.closest("[data-choose-one]");
    const button = event.detail.requestConfig.triggeringEvent?.submitter;
    if (!form || !button) return;
    form.chosenBefore = form.querySelector('[aria-pressed="true"]');
    press(form, button);
  });
  for (const trouble of ["htmx:responseError", "htmx:sendError", "htmx:timeout", "trouble"]) {
    document.addEventListener(trouble, (event) => {
      const form = event.target.closest("[data-choose-one]");
      if (form) press(form, form.chosenBefore);
      const part = event.target.closest(".action");
      if (part && trouble !== "trouble") showFailure(part); // else clip.js has said why
    });
  }

  // a refusal comes with its reason in the part itself
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status !== 422) return;
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    offerCopies();
    const part = event.target.closest?.(".action") || event.target;
    const said = part.querySelector?.("[data-said]");
    if (said) say(said.textContent);
    // what was clicked may be gone; the keyboard goes on where the part is
    if (document.activeElement === document.body && part.classList?.contains("action")) {
      const heading = part.querySelector("h2");
      heading?.setAttribute("tabindex", "-1");
      heading?.focus({ preventScroll: true });
    }
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copy);
    field.select();
    await navigator.clipboard.writeText(field.value);
    say(button.dataset.copied);
    const label = button.textContent;
    button.textContent = "✓";
    setTimeout(() => { button.textContent = label; }, 1500);
  });

  offerCopies();
})();
