// Hears and shows where in the clip one is: waveform, playhead, and parts that play when chosen.
(() => {
  const { say, span, svg, formPart } = window.clipPage;
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

  function playPart({ start, end, emotion, percent }) {
    stopAt = null;
    player.currentTime = Number(start);
    stopAt = Number(end);
    player.play().catch(() => {}); // a recording that this browser can't play
    const status = document.getElementById("along-status");
    if (status) status.textContent = say("playing", { ...span(start, end), emotion, percent });
  }

  function chooseWith(parts, key) {
    const here = parts.indexOf(document.activeElement);
    const steps = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: parts.length - 1 };
    parts[Math.min(parts.length - 1, Math.max(0, steps[key]))].focus();
  }

  // parts of a long clip are narrower than a finger: the one nearest to it is meant
  function nearestPart(timeline, parts, x) {
    const box = timeline.getBoundingClientRect();
    const moment = ((x - box.left) / box.width) * length();
    const away = ({ start, end }) => Math.max(start - moment, moment - end, 0);
    return parts.reduce((best, part) => (away(part.dataset) <= away(best.dataset) ? part : best));
  }

  // around the part that has the focus or was chosen last
  function markParts(timeline, parts) {
    const mark = svg("g", { class: "chosen-mark" });
    mark.append(svg("rect", { height: 100 }), svg("rect", { height: 100 }));
    parts.at(-1).after(mark); // over all of them
    // not at the drawing itself: Chromium would let the tab key stop there
    timeline.parentElement.addEventListener("focusin", (event) => {
      const chosen = event.target.closest(".part");
      if (!chosen) return;
      for (const part of parts) {
        part.setAttribute("tabindex", part === chosen ? "0" : "-1");
        part.classList.remove("is-chosen");
      }
      const slot = chosen.querySelector(".slot");
      for (const rect of mark.children) {
        for (const name of ["x", "width"]) rect.setAttribute(name, slot.getAttribute(name));
      }
    });
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
      part.setAttribute("aria-label", say("play", { ...span(start, end), emotion, percent }));
    });
    markParts(timeline, parts);
    timeline.addEventListener("click", (event) => {
      const part = nearestPart(timeline, parts, event.clientX);
      part.focus({ preventScroll: true });
      part.classList.add("is-chosen");
      playPart(part.dataset);
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
