// While files are still being sent: what the model heard in those that came before.
(() => {
  const form = document.getElementById("upload-form");
  if (!form) return;
  const { say } = window.sending;
  const EVERY_MS = 2000;
  let open = []; // files with clips that are not judged
  let timer = null;

  function lookLater() {
    timer ??= setTimeout(look, EVERY_MS);
  }

  async function look() {
    timer = null;
    const page = await pageOf(open[0].batchUrl).catch(() => null);
    if (page) open = open.filter((sent) => !show(sent, page));
    if (open.length) lookLater();
  }

  async function pageOf(address) {
    const answer = await fetch(address);
    if (!answer.ok || answer.redirected) return null; // signed out: sending says so
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  }

  // True when nothing more is to come.
  function show({ clips, place }, page) {
    const rows = clips.map((clip) => page.getElementById(`clip-${clip.id}`)?.closest(".clip-row"));
    const judged = rows.filter((row) => row && !["queued", "running"].includes(row.dataset.state));
    if (judged.length) place.replaceChildren(clips.length > 1 ? say("judged", { n: judged.length, all: clips.length }) : verdict(clips[0], judged[0]));
    return judged.length === clips.length;
  }

  function verdict(clip, row) {
    const text = (name) => row.querySelector(name).textContent.replace(/\s+/g, " ").trim();
    const face = document.createElement("span");
    face.className = "emoji";
    face.setAttribute("aria-hidden", "true");
    face.textContent = text(".clip-face");
    const link = document.createElement("a");
    link.className = "queue-heard";
    link.href = clip.url;
    link.append(face, " ", text(".clip-verdict"));
    return link;
  }

  // A file alone has no batch: its page is opened at once.
  form.addEventListener("sending:accepted", ({ detail }) => {
    if (!detail.batchUrl) return;
    open = [...open.filter((sent) => sent.batchUrl === detail.batchUrl && sent.file !== detail.file), detail];
    lookLater();
  });
})();
