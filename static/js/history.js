// The filter acts as it is changed, its address can be kept, and a choice survives what is swapped.
(() => {
  const filter = document.getElementById("filter");
  if (!filter) return;
  const checked = () => [...document.querySelectorAll('#clips input[name="clip"]:checked')];
  const boxes = () => [...document.querySelectorAll('#clips input[name="clip"]')];

  function showChoice() {
    const form = document.getElementById("selection");
    if (!form) return;
    const n = checked().length;
    const all = document.getElementById("select-all");
    const count = document.getElementById("selection-count");
    all.closest("label").hidden = false;
    all.checked = n > 0 && n === boxes().length;
    all.indeterminate = n > 0 && !all.checked;
    const words = n ? count.dataset.some.replace("%n", n) : count.dataset.none;
    if (count.textContent !== words) count.textContent = words;
    form.classList.toggle("has-choice", n > 0);
    for (const button of form.querySelectorAll("[data-least]")) {
      button.disabled = n < Number(button.dataset.least) || n > Number(button.dataset.most ?? Infinity);
    }
  }

  // ---------- choosing ----------

  document.addEventListener("change", (event) => {
    if (event.target.id === "select-all") {
      for (const box of boxes()) box.checked = event.target.checked;
    }
    if (event.target.closest("#selection, #clips")) showChoice();
  });

  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    const menu = document.activeElement?.closest("details.menu[open]");
    if (event.key === "Enter" && event.target.id === "selection-tags") {
      event.preventDefault(); // else the form's first button would be pressed, whichever that is
      menu?.querySelector('button[value="tag"]').click();
    }
    if (event.key !== "Escape" || !menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // ---------- filtering ----------

  let kept = [];
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt !== filter) return;
    const { parameters } = event.detail;
    for (const [name, value] of [...parameters.entries()]) {
      if (value === "" || (name === "sort" && value === "newest")) parameters.delete(name);
    }
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    kept = checked().map((box) => box.value);
    const { xhr, requestConfig } = event.detail;
    if (requestConfig.elt !== filter) return;
    if (xhr.status === 422) {
      event.detail.isError = false;
      location.assign(xhr.responseURL); // its sentences stand at the fields
    } else if (xhr.status === 200 && xhr.responseURL !== location.href) {
      history.pushState(null, "", xhr.responseURL);
    }
  });
  document.addEventListener("htmx:afterSettle", () => {
    for (const box of boxes()) box.checked ||= kept.includes(box.value);
    showChoice();
  });
  window.addEventListener("popstate", () => location.reload());
  window.addEventListener("pageshow", showChoice);
  showChoice();
})();
