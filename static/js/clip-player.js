// Hears and shows where in the clip one is: waveform, playhead, and parts that play when chosen.
(() => {
  const { say, formPart } = window.clipPage;
  const player = document.getElementById("player");
  let stopAt = null;
  let following = 0;

  function length() {
    return Number(document.getElementById("along")?.dataset.length) || player.duration || 0;
  }

  function follow() {
    const head = document.getElementById("playhead");
    if (stopAt !== null && player.currentTime >= stopAt) {
      stopAt = null;
      player.pause();
    }
    if (head && length()) {
      const share = Math.min(1, player.currentTime / length());
      head.hidden = player.paused && player.currentTime === 0;
      head.style.transform = `translateX(${share * head.parentElement.clientWidth}px)`;
      for (const part of document.querySelectorAll("#timeline .part")) {
        const inside = part.dataset.start <= player.currentTime && player.currentTime < part.dataset.end;
        part.classList.toggle("is-heard", inside && !player.paused);
      }
    }
    cancelAnimationFrame(following);
    if (!player.paused) following = requestAnimationFrame(follow);
  }

  function playPart({ start, end }) {
    stopAt = null;
    player.currentTime = Number(start);
    stopAt = Number(end);
    player.play().catch(() => {}); // a recording that this browser can't play
    const status = document.getElementById("along-status");
    const [from, to] = [start, end].map((moment) => Number(moment).toFixed(1));
    if (status) status.textContent = say("playing", { from, to });
  }

  function chooseWith(parts, key) {
    const here = parts.indexOf(document.activeElement);
    const steps = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: parts.length - 1 };
    const next = parts[Math.min(parts.length - 1, Math.max(0, steps[key]))];
    if (!next) return false;
    parts[here].setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
    return true;
  }

  // one stop for the tab key, arrow keys between the parts
  function openTimeline() {
    const timeline = document.getElementById("timeline");
    if (!timeline || timeline.dataset.open) return;
    timeline.dataset.open = "true";
    timeline.removeAttribute("aria-hidden");
    timeline.setAttribute("role", "group");
    timeline.setAttribute("aria-labelledby", "timeline-caption");
    const parts = [...timeline.querySelectorAll(".part")];
    parts.forEach((part, i) => {
      const { start, end, emotion, percent } = part.dataset;
      part.setAttribute("role", "button");
      part.setAttribute("tabindex", i ? "-1" : "0");
      const [from, to] = [start, end].map((moment) => Number(moment).toFixed(1));
      part.setAttribute("aria-label", say("play", { from, to, emotion, percent }));
    });
    timeline.addEventListener("click", (event) => {
      const part = event.target.closest(".part");
      if (part) playPart(part.dataset);
    });
    timeline.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") playPart(event.target.closest(".part").dataset);
      else if (!["ArrowRight", "ArrowLeft", "Home", "End"].includes(event.key)) return;
      else chooseWith(parts, event.key);
      event.preventDefault();
    });
  }

  function color(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function showWave(portrait) {
    const colors = () => ({ waveColor: color("--line-strong"), progressColor: color("--accent") });
    const [lows, highs] = [0, 1].map((i) => portrait.peaks.map((pair) => pair[i]));
    const wave = window.WaveSurfer.create({
      container: "#wave",
      media: player, // its own controls stay in charge
      peaks: [highs, lows],
      duration: portrait.duration_s,
      height: 96,
      normalize: true,
      barWidth: 2,
      barGap: 1,
      barRadius: 2,
      cursorWidth: 0,
      hideScrollbar: true,
      cspNonce: formPart("meta").content,
      ...colors(),
    });
    wave.on("interaction", () => { stopAt = null; });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => wave.setOptions(colors()));
  }

  function seekTo(event) {
    const lane = event.target.closest(".lane:not(.lane-wave)");
    if (!lane) return;
    const box = lane.getBoundingClientRect();
    stopAt = null;
    player.currentTime = ((event.clientX - box.left) / box.width) * length();
    follow();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest(".play-part");
    if (button) playPart(button.dataset);
    else seekTo(event);
  });
  document.addEventListener("portrait", (event) => { showWave(event.detail); follow(); });
  for (const moment of ["play", "pause", "seeked", "timeupdate", "ended"]) {
    player.addEventListener(moment, follow);
  }
  window.addEventListener("resize", follow);
  document.addEventListener("htmx:afterSettle", openTimeline);
  openTimeline();
})();
