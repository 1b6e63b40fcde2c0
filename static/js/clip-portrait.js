// Asks for the clip's portrait and draws what has a time axis: spectrogram, pitch, energy, speech.
window.clipPage = (() => {
  const POLL_MS = 500;
  const SPARSE = 24; // rows of the table
  const words = JSON.parse(document.getElementById("clip-words").textContent);

  function say(key, values = {}) {
    return words[key].replace(/\{([\w-]+)\}/g, (whole, name) => values[name] ?? whole);
  }

  // as people write it in the page's language, with a real minus
  function number(value, digits = 0) {
    const style = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    return new Intl.NumberFormat(document.documentElement.lang, style).format(value).replace("-", "−");
  }

  // a place so short that its ends would look the same gets one more digit
  function span(from, to, digits = 1) {
    const fine = to - from < 0.1 ? Math.max(digits, 2) : digits;
    return { from: number(from, fine), to: number(to, fine) };
  }

  function formPart(selector) {
    return document.getElementById("clip-form").content.querySelector(selector);
  }

  // the cookie's, which a sign-in in another tab has changed; the page's own if that can't be read
  function token() {
    return document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? formPart("input").value;
  }

  // what a worker makes when it is asked for; throws the server's own sentence when there is one
  async function made(address, key) {
    const headers = { "X-CSRFToken": token(), Accept: "application/json" };
    let response = await fetch(address, { method: "POST", headers });
    for (;;) {
      if (response.redirected) throw new Error(say("signed-out"));
      if (!response.headers.get("Content-Type")?.includes("json")) throw new Error("");
      const body = await response.json();
      if (!response.ok) throw new Error(body.message || "");
      if (body.error) throw new Error(body.error.message);
      if (body.state === "done") return body[key];
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      response = await fetch(address, { headers });
    }
  }

  function svg(name, attributes) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  }

  function rgb(name) {
    const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    probe.fillRect(0, 0, 1, 1);
    return [...probe.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  }

  function palette() {
    const stops = [rgb("--surface-2"), rgb("--accent"), rgb("--ink")];
    return Array.from({ length: 256 }, (_, value) => {
      const place = (value / 255) * (stops.length - 1);
      const low = Math.min(stops.length - 2, Math.floor(place));
      return stops[low].map((part, i) => part + (stops[low + 1][i] - part) * (place - low));
    });
  }

  function drawSpectrogram(portrait) {
    const canvas = document.getElementById("spectrogram");
    const cells = Uint8Array.from(atob(portrait.spectrogram), (letter) => letter.charCodeAt(0));
    const nBands = portrait.band_edges_hz.length - 1;
    canvas.width = portrait.n_columns;
    canvas.height = nBands;
    const context = canvas.getContext("2d");
    const image = context.createImageData(canvas.width, nBands);
    const colors = palette();
    cells.forEach((cell, i) => {
      const column = Math.floor(i / nBands);
      const row = nBands - 1 - (i % nBands); // the lowest band stands at the bottom
      image.data.set([...colors[cell], 255], 4 * (row * canvas.width + column));
    });
    context.putImageData(image, 0, 0);
  }

  function quantile(sorted, share) {
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  }

  function drawPitch(portrait) {
    const heard = portrait.pitch_hz.filter((hertz) => hertz !== null).sort((a, b) => a - b);
    const place = document.getElementById("pitch-words");
    if (!heard.length) {
      place.textContent = say("no-pitch");
      return;
    }
    const [low, high] = [quantile(heard, 0.02), quantile(heard, 0.98)];
    const [bottom, top] = [Math.log(low / 1.15), Math.log(high * 1.15)];
    const step = (1000 * portrait.scale) / portrait.pitch_hz.length;
    let path = "";
    let pen = "M";
    portrait.pitch_hz.forEach((hertz, i) => {
      if (hertz === null) { pen = "M"; return; }
      const y = 100 - (100 * (Math.log(hertz) - bottom)) / (top - bottom);
      const x = (i + 0.5) * step;
      const height = Math.min(98, Math.max(2, y)).toFixed(1);
      path += pen === "M" ? `M${(x - step / 2).toFixed(1)} ${height}` : "";
      path += `L${x.toFixed(1)} ${height}`;
      pen = "L";
    });
    document.getElementById("pitch").replaceChildren(svg("path", { d: path, class: "line" }));
    const middle = quantile(heard, 0.5);
    place.textContent = say("pitch", { low: number(low), high: number(high), middle: number(middle) });
  }

  function drawEnergy(portrait) {
    const levels = portrait.energy_db;
    const top = Math.max(...levels);
    const bottom = Math.max(-80, top - 60);
    const step = (1000 * portrait.scale) / levels.length;
    const points = levels.map((level, i) => {
      const y = 100 - (92 * Math.max(0, level - bottom)) / Math.max(1, top - bottom);
      return `${((i + 0.5) * step).toFixed(1)} ${y.toFixed(1)}`;
    });
    const end = (1000 * portrait.scale).toFixed(1);
    document.getElementById("energy").replaceChildren(
      svg("path", { d: `M0 100L${points.join("L")}L${end} 100Z`, class: "area" }),
    );
    const low = number(Math.min(...levels));
    document.getElementById("energy-words").textContent = say("energy", { low, high: number(top) });
  }

  function drawSpeech(portrait, length) {
    const parts = portrait.speech_s.map(([start, end]) => svg("rect", {
      x: (1000 * start) / length, width: (1000 * (end - start)) / length, height: 10,
    }));
    document.getElementById("speech").replaceChildren(...parts);
    document.getElementById("speech-key").hidden = !parts.length;
    const shown = portrait.speech_s.slice(0, 4).map(([start, end]) => say("place", span(start, end)));
    if (portrait.speech_s.length > shown.length) {
      shown.push(say("and-more", { n: portrait.speech_s.length - shown.length }));
    }
    const seconds = portrait.speech_s.reduce((sum, [start, end]) => sum + end - start, 0);
    const total = number(seconds, seconds < 0.1 ? 2 : 1);
    const fact = document.getElementById("speech-fact");
    if (!parts.length) {
      // the whole was taken for speech, though no moment of it is clear
      const nowhere = say(document.getElementById("timeline") ? "unclear-speech" : "no-speech");
      document.getElementById("speech-words").textContent = nowhere;
      if (fact) fact.textContent = nowhere;
    } else if (fact) fact.textContent = say("speech", { total, places: shown.join(", ") });
  }

  function fillTable(portrait) {
    const body = document.querySelector("#moments tbody");
    const n = Math.min(SPARSE, portrait.energy_db.length);
    for (let i = 0; i < n; i += 1) {
      const share = (i + 0.5) / n;
      const hertz = portrait.pitch_hz[Math.floor(share * portrait.pitch_hz.length)];
      const level = portrait.energy_db[Math.floor(share * portrait.energy_db.length)];
      const row = body.insertRow();
      row.insertCell().textContent = `${number(share * portrait.duration_s, 2)} s`;
      row.insertCell().textContent = hertz === null ? "–" : `${number(hertz)} Hz`;
      row.insertCell().textContent = `${number(level)} dB`;
      for (const cell of [...row.cells].slice(1)) cell.className = "number";
    }
    document.getElementById("moments").hidden = false;
  }

  function draw(along, portrait) {
    const length = Number(along.dataset.length) || portrait.duration_s;
    portrait.scale = portrait.duration_s / length; // of the time axis that all share
    drawSpectrogram(portrait);
    drawPitch(portrait);
    drawEnergy(portrait);
    drawSpeech(portrait, length);
    fillTable(portrait);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawSpectrogram(portrait));
  }

  async function start() {
    const along = document.getElementById("along");
    if (!along || along.dataset.started) return;
    along.dataset.started = "true";
    const tracks = document.getElementById("tracks");
    try {
      const portrait = await made(along.dataset.portrait, "portrait");
      draw(along, portrait);
      tracks.classList.replace("is-waiting", "is-drawn");
      along.dispatchEvent(new CustomEvent("portrait", { bubbles: true, detail: portrait }));
    } catch (error) {
      if (!error.message) console.warn(error);
      tracks.classList.replace("is-waiting", "is-missing");
      document.getElementById("along-status").textContent = `${say("failed")} ${error.message}`;
    }
  }

  document.addEventListener("DOMContentLoaded", start);
  document.addEventListener("htmx:afterSettle", start);
  return { made, say, svg, number, span, formPart, drawSpectrogram };
})();
