// The upload page: its two tabs, drag and drop, and a list of what was chosen. The form works without it.
(() => {
  const form = document.getElementById("upload-form");
  const drop = document.getElementById("drop");
  if (!form || !drop) return;
  const { say, start } = window.sending;
  const input = form.querySelector('input[type="file"]');
  const list = document.getElementById("chosen");
  const count = document.getElementById("chosen-count");
  const button = form.querySelector('button[type="submit"]');
  const tabs = [...form.querySelectorAll('[role="tab"]')];
  const copies = document.getElementById("keep-copies");

  function sizeText(bytes) {
    if (bytes < 1e3) return `${bytes} B`;
    if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`;
    const format = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
    return `${format.format(bytes / 1e6)} MB`;
  }

  function mostBytes(file) {
    const isArchive = file.name.toLowerCase().endsWith(".zip");
    return 1e6 * Number(isArchive ? form.dataset.zipMaxMb : form.dataset.maxMb);
  }

  function entry(file) {
    const item = document.createElement("li");
    const name = document.createElement("span");
    const size = document.createElement("span");
    const tooLarge = file.size > mostBytes(file);
    name.className = "file-name";
    name.textContent = file.name;
    size.className = "file-size";
    size.textContent = tooLarge ? say("too-large", { size: sizeText(file.size) }) : sizeText(file.size);
    item.classList.toggle("is-too-large", tooLarge);
    item.append(name, size);
    return item;
  }

  function isRecording() {
    return tabs.some((tab) => tab.id === "tab-record" && tab.getAttribute("aria-selected") === "true");
  }

  function showLabel() {
    const n = input.files.length;
    button.textContent = isRecording() ? say("send-recording") : n > 1 ? say("upload-many", { n }) : say("upload");
  }

  function showChosen() {
    const files = [...input.files];
    list.replaceChildren(...files.map(entry));
    list.hidden = files.length === 0;
    count.textContent = files.length ? say(files.length === 1 ? "chosen-one" : "chosen-many", { n: files.length }) : "";
    showLabel();
  }

  function select(tab, { focus = false } = {}) {
    for (const one of tabs) {
      const isThis = one === tab;
      one.setAttribute("aria-selected", String(isThis));
      one.tabIndex = isThis ? 0 : -1;
      document.getElementById(one.getAttribute("aria-controls")).hidden = !isThis;
    }
    input.required = !isRecording();
    if (focus) tab.focus();
    showLabel();
    form.dispatchEvent(new CustomEvent("tab:selected"));
  }

  for (const [index, tab] of tabs.entries()) {
    tab.addEventListener("click", () => select(tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      select(tabs[(index + step + tabs.length) % tabs.length], { focus: true });
    });
  }

  function carriesFiles(event) {
    return event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  }

  let depth = 0; // enter and leave also fire for the children of the drop zone
  drop.addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    depth += 1;
    drop.classList.add("is-over");
  });
  drop.addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    if (depth === 0) drop.classList.remove("is-over");
  });
  drop.addEventListener("drop", (event) => {
    depth = 0;
    drop.classList.remove("is-over");
    if (!carriesFiles(event) || event.dataTransfer.files.length === 0) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    button.focus();
  });
  // A file dropped beside the zone must not replace the page by that file.
  for (const name of ["dragover", "drop"]) {
    document.addEventListener(name, (event) => {
      if (carriesFiles(event)) event.preventDefault();
    });
  }

  function tooMany(files) {
    const limit = Number(form.dataset.maxFiles);
    if (files.length <= limit) return false;
    document.getElementById("queue-alert").textContent = say("too-many", { n: files.length, limit });
    return true;
  }

  input.addEventListener("change", showChosen);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.dataset.sending) return;
    if (isRecording()) return void form.dispatchEvent(new CustomEvent("recording:wanted"));
    const files = [...input.files];
    if (tooMany(files)) return;
    start(files);
    input.value = "";
    showChosen();
    button.setAttribute("aria-disabled", "true");
  });
  form.addEventListener("sending:finished", () => button.removeAttribute("aria-disabled"));
  // The page may come back from the browser's memory.
  window.addEventListener("pageshow", () => {
    button.removeAttribute("aria-disabled");
    showChosen();
  });
  document.getElementById("drop-hint").hidden = false;
  document.getElementById("tabs").hidden = false;
  copies.hidden = true; // the script asks for each such file instead
  select(tabs.find((tab) => location.hash === "#record" && tab.id === "tab-record") ?? tabs[0]);
})();
