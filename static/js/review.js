// Keys, sound and drawing of the review screen; the next clip is loaded while one is heard.
(() => {
  const { made, say, svg, drawSpectrogram } = window.clipPage;
  const loaded = new Map(); // by clip: its audio element and the promise of its drawing
  const store = {
    get: (name) => { try { return localStorage.getItem(name); } catch { return null; } },
    set: (name, value) => { try { localStorage.setItem(name, value); } catch { /* for this page only */ } },
  };
  let following = 0;
  let hasActed = false; // browsers play nothing before somebody did something
  let leaving = null; // the screen whose place another one is about to take
  let kept = []; // keys for the new one, which is there but doesn't listen yet

  const part = (selector) => document.querySelector(`#review ${selector}`);
  const screen = () => document.getElementById("review");

  function speak(words) {
    const status = document.getElementById("review-status");
    status.textContent = "";
    requestAnimationFrame(() => { status.textContent = words; });
  }

  function load(clip, audio, portrait) {
    if (!clip || loaded.has(clip)) return;
    const sound = audio ? new Audio() : null;
    if (sound) {
      sound.preload = "auto";
      sound.src = audio;
    }
    const drawing = made(portrait, "portrait");
    drawing.catch(() => {}); // told when it is its turn
    loaded.set(clip, { sound, drawing });
  }

  function drawWave(portrait) {
    const step = 1000 / portrait.peaks.length;
    const top = Math.max(0.01, ...portrait.peaks.flat().map(Math.abs));
    const path = portrait.peaks.map(([low, high], i) => {
      const [x, from, to] = [(i + 0.5) * step, 50 - (46 * high) / top, 50 - (46 * low) / top];
      return `M${x.toFixed(1)} ${from.toFixed(1)}V${Math.max(to, from + 0.5).toFixed(1)}`;
    });
    document.getElementById("review-wave").replaceChildren(svg("path", { d: path.join("") }));
  }

  async function draw(clip) {
    try {
      const portrait = await loaded.get(clip).drawing;
      if (screen().dataset.clip !== clip) return; // it came too late
      drawSpectrogram(portrait);
      drawWave(portrait);
      part("#tracks").classList.replace("is-waiting", "is-drawn");
    } catch (error) {
      if (screen().dataset.clip !== clip) return;
      part("#tracks").classList.replace("is-waiting", "is-missing");
      part("#review-drawing").textContent = `${say("failed")} ${error.message}`;
    }
  }

  function follow() {
    const [player, head] = [part("#player"), part(".playhead")];
    cancelAnimationFrame(following);
    if (!player || !head) return;
    const share = player.duration ? Math.min(1, player.currentTime / player.duration) : 0;
    head.hidden = player.paused && share === 0;
    head.style.transform = `translateX(${share * head.parentElement.clientWidth}px)`;
    if (!player.paused) following = requestAnimationFrame(follow);
  }

  function play() {
    const player = part("#player");
    if (!player) return;
    if (!player.paused) { player.pause(); return; }
    if (player.ended) player.currentTime = 0;
    player.play().catch(() => {}); // a recording that this browser can't play
  }

  // takes the place of the fragment's own element, which would begin to load from scratch
  function putSound(clip) {
    const [fresh, ready] = [part("#player"), loaded.get(clip)?.sound];
    if (!ready) return fresh;
    for (const { name, value } of fresh.attributes) {
      if (!["src", "preload"].includes(name)) ready.setAttribute(name, value);
    }
    fresh.replaceWith(ready);
    return ready;
  }

  function open() {
    const { clip, portrait, next, nextAudio, nextPortrait } = screen().dataset;
    for (const name of ["review-plays", "review-hotkeys"]) {
      const box = document.getElementById(name);
      if (box) box.checked = store.get(name) !== "off";
    }
    screen().classList.toggle("has-no-keys", store.get("review-hotkeys") === "off");
    if (!clip) return;
    load(clip, "", portrait);
    const player = putSound(clip);
    for (const name of ["play", "pause", "seeked", "ended"]) player.addEventListener(name, follow);
    draw(clip);
    if (hasActed && store.get("review-plays") !== "off") player.play().catch(() => {});
    load(next, nextAudio, nextPortrait);
    for (const old of loaded.keys()) if (![clip, next].includes(old)) loaded.delete(old);
  }

  function choose(key) {
    const radio = part(`input[data-key="${key}"]`);
    if (!radio || radio.checked) return;
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    speak(radio.closest("label").querySelector(".review-label").textContent);
  }

  function openSkip() {
    const skip = part("#review-skip");
    if (!skip) return;
    skip.open = !skip.open;
    if (skip.open) skip.querySelector("button").focus();
    else part("#review-title").focus();
  }

  function pressed(key) {
    const skip = part("#review-skip");
    if (skip?.open && key === "escape") { openSkip(); return true; }
    if (/^[1-8]$/.test(key)) {
      if (skip?.open) part(`[data-skip="${key}"]`)?.click();
      else choose(key);
    } else if (key === " ") play();
    else if (key === "enter") (part("#review-accept") || part("#review-begin"))?.click();
    else if (key === "s") openSkip();
    else if (key === "b" || key === "u") part(`button[data-key="${key}"]`)?.click();
    else return false;
    return true;
  }

  function isTaken(target, key) {
    if (target.matches("input:not([type=radio], [type=checkbox]), textarea, select")) return true;
    const acts = "button, a, summary, audio, input[type=checkbox]";
    return [" ", "enter"].includes(key) && Boolean(target.closest(acts));
  }

  document.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    hasActed = true;
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (store.get("review-hotkeys") === "off" || isTaken(event.target, key)) return;
    if (leaving) { // what is typed is meant for no clip: the old one is done, the next not heard
      if (screen() !== leaving) kept.push(key);
      if ([" ", "enter"].includes(key)) event.preventDefault();
    } else if (pressed(key)) event.preventDefault();
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target.id === "review") leaving = screen();
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    // nothing came; a late answer to what was chosen says nothing of that
    if (event.detail.target.id === "review" && screen() === leaving) leaving = null;
  });

  document.addEventListener("click", (event) => {
    hasActed = true;
    if (event.target.closest("#review-play")) play();
    const lane = event.target.closest("#review .lane");
    const player = part("#player");
    if (!lane || !player.duration) return;
    const box = lane.getBoundingClientRect();
    player.currentTime = ((event.clientX - box.left) / box.width) * player.duration;
  });

  document.addEventListener("change", (event) => {
    if (!["review-plays", "review-hotkeys"].includes(event.target.id)) return;
    store.set(event.target.id, event.target.checked ? "on" : "off");
    screen().classList.toggle("has-no-keys", store.get("review-hotkeys") === "off");
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, target } = event.detail;
    if (leaving && target.id === "review-answer") { // too late for the clip that it is of
      event.detail.shouldSwap = false;
    } else if (!xhr.responseText.includes('id="review')) { // signed out meanwhile, or the clip is gone
      event.detail.shouldSwap = false;
      location.assign("/review/");
    } else if (xhr.status === 422) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
    if (event.detail.shouldSwap && target.id === "review") part("#player")?.pause();
  });

  for (const trouble of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(trouble, () => {
      const notice = part(".review-trouble") || document.createElement("p");
      notice.className = "notice notice-error review-trouble";
      notice.textContent = screen().dataset.failed;
      screen().prepend(notice);
      speak(notice.textContent);
    });
  }

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "review-answer") {
      const words = event.target.querySelector("[data-said-answer]")?.textContent.trim();
      if (words) speak(`${event.target.querySelector("h3").textContent}: ${words}`);
    }
    if (event.target.id !== "review") return;
    open();
    const said = part("[data-said]")?.textContent;
    if (said) speak(said);
    if (document.activeElement === document.body) part("#review-title").focus({ preventScroll: true });
    leaving = null;
    while (kept.length && !leaving) pressed(kept.shift());
    kept = [];
  });

  document.addEventListener("DOMContentLoaded", open);
})();
