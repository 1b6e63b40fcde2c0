// Drag and drop, and a list of what was chosen. The form works without this script.
(() => {
  const form = document.getElementById("upload-form");
  const drop = document.getElementById("drop");
  if (!form || !drop) return;
  const input = form.querySelector('input[type="file"]');
  const list = document.getElementById("chosen");
  const count = document.getElementById("chosen-count");
  const button = form.querySelector('button[type="submit"]');
  const maxBytes = Number(form.dataset.maxMb) * 1e6;

  function sizeText(bytes) {
    if (bytes < 1e3) return `${bytes} B`;
    if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`;
    return `${(bytes / 1e6).toFixed(1)} MB`;
  }

  function entry(file) {
    const item = document.createElement("li");
    const name = document.createElement("span");
    const size = document.createElement("span");
    const tooLarge = file.size > maxBytes;
    name.className = "file-name";
    name.textContent = file.name;
    size.className = "file-size";
    size.textContent = tooLarge ? `${sizeText(file.size)}, too large` : sizeText(file.size);
    item.classList.toggle("is-too-large", tooLarge);
    item.append(name, size);
    return item;
  }

  function uploadLabel() {
    const n = input.files.length;
    return n > 1 ? `Upload ${n} clips` : "Upload";
  }

  function showChosen() {
    const files = [...input.files];
    list.replaceChildren(...files.map(entry));
    list.hidden = files.length === 0;
    count.textContent = files.length ? `${files.length} ${files.length === 1 ? "file" : "files"} chosen` : "";
    button.textContent = uploadLabel();
  }

  function carriesFiles(event) {
    return event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  }

  function idle() {
    button.textContent = uploadLabel();
    button.removeAttribute("aria-disabled");
    delete form.dataset.sending;
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

  input.addEventListener("change", showChosen);
  form.addEventListener("submit", (event) => {
    if (form.dataset.sending) return event.preventDefault();
    form.dataset.sending = "yes";
    button.setAttribute("aria-disabled", "true");
    button.textContent = "Sending…";
    count.textContent = "Sending…";
  });
  window.addEventListener("pageshow", () => {
    idle(); // the page may come back from the browser's memory, still "sending"
    showChosen();
  });
  document.getElementById("drop-hint").hidden = false;
})();
