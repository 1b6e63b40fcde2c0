// Over the spectrogram, when it is asked for: which moments and pitches carried the result.
(() => {
  const { made, number, say, span, svg } = window.clipPage;
  const TINY_S = 1e-6; // rounding must not begin another column
  const FAINTEST = 0.08; // of the strongest mark: less is not drawn
  const MOST_ROWS = 10;
  const NARROWEST_PX = 8; // of what is drawn: a long clip has cells thinner than a hair
  let portrait = null;

  // hertz to the height of the picture, whose bands are equally tall
  function height(hertz) {
    const edges = portrait.band_edges_hz;
    if (hertz <= edges[0]) return 1000;
    const above = edges.findIndex((edge) => edge > hertz);
    if (above < 0) return 0;
    const within = (hertz - edges[above - 1]) / (edges[above] - edges[above - 1]);
    return 1000 * (1 - (above - 1 + within) / (edges.length - 1));
  }

  function cellsOf(explanation) {
    const isHertz = explanation.band_unit === "Hz";
    return explanation.segments.flatMap((segment) => segment.relevance.flatMap((row, i) => (
      row.map((value, j) => ({
        value,
        from: segment.time_edges_s[i],
        to: segment.time_edges_s[i + 1],
        low: isHertz ? segment.band_edges[j] : null,
        high: isHertz ? segment.band_edges[j + 1] : null,
      })))));
  }

  // cells of the same frequencies, joined to columns that can be seen: each its mean over time
  function merged(cells, width_s) {
    if (cells.every((cell) => cell.to - cell.from >= width_s)) return cells;
    const columns = new Map();
    for (const cell of cells) {
      for (let i = Math.floor(cell.from / width_s); i * width_s < cell.to - TINY_S; i += 1) {
        const [from, to] = [i * width_s, (i + 1) * width_s];
        const share = (Math.min(to, cell.to) - Math.max(from, cell.from)) / width_s;
        const key = `${i} ${cell.low} ${cell.high}`;
        const column = columns.get(key) ?? { ...cell, from, to, value: 0 };
        columns.set(key, { ...column, value: column.value + share * cell.value });
      }
    }
    return [...columns.values()];
  }

  function drawMarks(all, length) {
    const width = document.getElementById("tracks").clientWidth;
    // whole columns: one that the end cuts off would be too narrow
    const nColumns = Math.max(1, Math.floor(width / NARROWEST_PX));
    const cells = merged(all, length / nColumns);
    const strongest = Math.max(...cells.map((cell) => Math.abs(cell.value)), 1e-9);
    const stripes = svg("pattern", { id: "stripes", width: 8, height: 40, patternUnits: "userSpaceOnUse" });
    stripes.append(svg("rect", { width: 3, height: 40, class: "stripe" }));
    const rects = cells.filter((cell) => Math.abs(cell.value) > FAINTEST * strongest).map((cell) => {
      const top = cell.high === null ? 0 : height(cell.high);
      const bottom = cell.low === null ? 1000 : height(cell.low);
      return svg("rect", {
        class: "mark",
        ...(cell.value < 0 && { fill: "url(#stripes)" }),
        x: (1000 * cell.from) / length,
        y: top,
        width: (1000 * (Math.min(cell.to, length) - cell.from)) / length,
        height: bottom - top,
        opacity: (0.15 + 0.8 * (Math.abs(cell.value) / strongest)).toFixed(2),
      });
    });
    document.getElementById("marks").replaceChildren(stripes, ...rects);
  }

  function frequencies(cell) {
    return cell.low === null ? "–" : `${number(cell.low)}–${number(cell.high)} Hz`;
  }

  function fillTable(cells) {
    const body = document.querySelector("#carried tbody");
    body.replaceChildren();
    for (const cell of cells.slice(0, MOST_ROWS)) {
      const row = body.insertRow();
      row.insertCell().textContent = say("place", span(cell.from, cell.to, 2));
      row.insertCell().textContent = frequencies(cell);
      row.insertCell().textContent = `${number(100 * cell.value, 1)} %`;
      row.cells[2].className = "number";
    }
    document.getElementById("carried").hidden = false;
  }

  function tell(words) {
    document.getElementById("along-status").textContent = words;
  }

  function show(along, button, isShown) {
    document.getElementById("marks").toggleAttribute("hidden", !isShown);
    document.getElementById("tracks").classList.toggle("is-explained", isShown);
    // its words say what a click does now: with aria-pressed beside them it would be said twice
    button.dataset.show ??= button.textContent;
    button.textContent = isShown ? button.dataset.hide : button.dataset.show;
    tell(isShown ? along.explanationWords : say("explain-hidden"));
  }

  async function explain(along, button) {
    tell(say("explaining"));
    button.setAttribute("aria-disabled", "true");
    try {
      const cells = cellsOf(await made(along.dataset.explanation, "explanation"));
      drawMarks(cells, Number(along.dataset.length));
      cells.sort((a, b) => b.value - a.value);
      fillTable(cells);
      const [best] = cells;
      const values = { emotion: along.dataset.emotion, ...span(best.from, best.to) };
      along.explanationWords = best.low === null
        ? say("explained-time", values)
        : say("explained", { ...values, low: number(best.low), high: number(best.high) });
      show(along, button, true);
    } catch (error) {
      tell(error.message && !(error instanceof TypeError) ? error.message : say("explain-failed"));
    } finally {
      button.removeAttribute("aria-disabled");
    }
  }

  document.addEventListener("portrait", (event) => { portrait = event.detail; });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("#explain");
    if (!button || !portrait || button.getAttribute("aria-disabled")) return;
    const along = document.getElementById("along");
    if (along.explanationWords) show(along, button, document.getElementById("marks").hasAttribute("hidden"));
    else explain(along, button);
  });
})();
