// Draws the charts of the dashboard from what the page brought, in the colors of the style sheet.
"use strict";

(() => {
  const given = JSON.parse(document.getElementById("charts").textContent);
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const language = document.documentElement.lang || "en";
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  const fine = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });
  const signed = (number) => fine.format(number).replace("-", "−");

  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  // canvas has no color-mix
  const faint = (color, share) => color + Math.round(255 * share).toString(16).padStart(2, "0");

  // One shape an emotion, the same as in the legend, in a circle of radius 1.
  const star = [...Array(10).keys()].map((i) => {
    const radius = i % 2 ? 0.45 : 1;
    return [radius * Math.sin((i * Math.PI) / 5), -radius * Math.cos((i * Math.PI) / 5)];
  });
  const shapes = {
    neutral: null,
    calm: "round",
    happy: [[0, -1], [0.95, 0.75], [-0.95, 0.75]],
    sad: [[0, 1], [0.95, -0.75], [-0.95, -0.75]],
    angry: [[0, -1], [1, 0], [0, 1], [-1, 0]],
    fearful: [...Array(5).keys()].map((i) => [Math.sin((i * 2 * Math.PI) / 5), -Math.cos((i * 2 * Math.PI) / 5)]),
    disgust: [[-0.8, -0.8], [0.8, -0.8], [0.8, 0.8], [-0.8, 0.8]],
    surprised: star,
  };

  function trace(context, shape, x, y, radius) {
    context.beginPath();
    if (!shape) context.arc(x, y, radius, 0, 2 * Math.PI);
    else if (shape === "round") context.roundRect(x - 0.85 * radius, y - 0.85 * radius, 1.7 * radius, 1.7 * radius, 0.6 * radius);
    else shape.forEach(([dx, dy], i) => context[i ? "lineTo" : "moveTo"](x + radius * dx, y + radius * dy));
    context.closePath();
  }

  // Chart.js has no such shapes: they are drawn where it put the points.
  const shapesPlugin = {
    id: "shapes",
    afterDatasetsDraw(chart) {
      const context = chart.ctx;
      chart.data.datasets.forEach((dataset, i) => {
        chart.getDatasetMeta(i).data.forEach((element, place) => {
          trace(context, shapes[dataset.emotion], element.x, element.y, dataset.data[place].r);
          context.fillStyle = faint(dataset.color, 0.7);
          context.strokeStyle = token("surface");
          context.lineWidth = 1;
          context.fill();
          context.stroke();
        });
      });
    },
  };

  // A ground, and lines through the middle.
  const planePlugin = {
    id: "plane",
    beforeDatasetsDraw(chart) {
      const { ctx, chartArea: area } = chart;
      const x = (area.left + area.right) / 2;
      const y = (area.top + area.bottom) / 2;
      ctx.save();
      ctx.fillStyle = token("surface-2");
      ctx.fillRect(area.left, area.top, area.width, area.height);
      ctx.strokeStyle = token("line-strong");
      ctx.setLineDash([3, 4]);
      ctx.beginPath();
      ctx.moveTo(area.left, y);
      ctx.lineTo(area.right, y);
      ctx.moveTo(x, area.top);
      ctx.lineTo(x, area.bottom);
      ctx.stroke();
      ctx.restore();
    },
  };

  const axis = (more = {}) => ({
    grid: { color: token("line"), drawTicks: false },
    border: { display: false },
    ticks: { color: token("ink-2"), padding: 6, maxRotation: 0, autoSkipPadding: 16, ...more.ticks },
    ...more.rest,
  });
  const noGrid = { rest: { grid: { display: false } } };
  const counts = (more = {}) => axis({ ticks: { precision: 0, maxTicksLimit: 6, callback: (n) => whole.format(n), ...more }, rest: { beginAtZero: true } });

  const makers = {
    activity(data) {
      const bars = { label: data.names[0], data: data.clips, backgroundColor: token("accent"), pointStyle: "rectRounded", borderRadius: 4, maxBarThickness: 36, order: 2 };
      const line = { type: "line", label: data.names[1], data: data.minutes, yAxisID: "minutes", borderColor: token("happy"), backgroundColor: token("happy"), borderWidth: 2, borderDash: [5, 3], pointStyle: "line", pointRadius: 0, order: 1 };
      const minutes = axis({ ticks: { maxTicksLimit: 6, callback: (n) => fine.format(n) }, rest: { position: "right", beginAtZero: true, grid: { display: false } } });
      minutes.title = { display: true, text: data.names[1], color: token("ink-2") };
      const clips = counts();
      clips.title = { display: true, text: data.names[0], color: token("ink-2") };
      return {
        type: "bar",
        data: { labels: data.labels, datasets: [bars, line] },
        options: { interaction: { mode: "index", intersect: false }, scales: { x: axis(noGrid), y: clips, minutes }, plugins: { legend: legend() } },
      };
    },
    shares(data) {
      const colors = data.emotions.map(token);
      const all = data.clips.reduce((sum, n) => sum + n, 0);
      const label = (item) => ` ${whole.format(item.raw)} (${fine.format(Math.round((1000 * item.raw) / all) / 10)} %)`;
      return {
        type: "doughnut",
        data: { labels: data.labels, datasets: [{ data: data.clips, backgroundColor: colors, borderColor: token("surface"), borderWidth: 3, borderRadius: 6, hoverOffset: 6 }] },
        options: { cutout: "62%", layout: { padding: 8 }, plugins: { tooltip: { callbacks: { label } } } },
      };
    },
    trend(data, emotion) {
      const color = token(emotion);
      const label = (item) => ` ${fine.format(item.raw)} %`;
      const most = Math.max(10, ...Object.values(data.shares).flat());
      return {
        type: "line",
        data: { labels: data.labels, datasets: [{ data: data.shares[emotion], borderColor: color, backgroundColor: faint(color, 0.16), fill: "origin", borderWidth: 2, pointRadius: data.labels.length > 20 ? 1.5 : 2.5, pointBackgroundColor: color, pointBorderWidth: 0, pointHoverRadius: 5 }] },
        options: {
          interaction: { mode: "index", intersect: false },
          scales: {
            x: axis({ ticks: { autoSkip: true, maxTicksLimit: 3, font: { size: 11 } }, rest: { grid: { display: false } } }),
            // the same for all eight, so that they can be compared
            y: axis({ ticks: { maxTicksLimit: 3, font: { size: 11 }, callback: (n) => `${n} %` }, rest: { min: 0, max: Math.min(100, 10 * Math.ceil(most / 10)) } }),
          },
          plugins: { tooltip: { displayColors: false, callbacks: { label } } },
        },
      };
    },
    confidence(data) {
      const bar = (label, values, color) => ({ label, data: values, backgroundColor: color, pointStyle: "rectRounded", borderRadius: 4, maxBarThickness: 48, categoryPercentage: 0.95 });
      return {
        type: "bar",
        data: { labels: data.labels, datasets: [bar(data.names[0], data.sure, token("accent")), bar(data.names[1], data.unsure, faint(token("accent"), 0.4))] },
        options: { interaction: { mode: "index", intersect: false }, scales: { x: { ...axis(noGrid), stacked: true }, y: { ...counts(), stacked: true } }, plugins: { legend: legend() } },
      };
    },
    affect(data) {
      const most = Math.max(...data.points.map((point) => point.n));
      const radius = (n) => 4 + 10 * Math.sqrt(n / most) * Math.min(1, most / 8);
      const groups = Object.keys(data.labels).map((emotion) => ({
        emotion,
        label: data.labels[emotion],
        color: token(emotion),
        data: data.points.filter((point) => point.emotion === emotion).map((point) => ({ ...point, r: radius(point.n) })),
        backgroundColor: "transparent",
        borderColor: "transparent",
        hoverBackgroundColor: "transparent",
      }));
      const label = ({ raw, dataset }) => ` ${dataset.label}: ${whole.format(raw.n)} ${data.names[2]} (${signed(raw.x)}, ${signed(raw.y)})`;
      const side = (text) => axis({ ticks: { stepSize: 0.5 }, rest: { min: -1, max: 1, title: { display: true, text, color: token("ink-2") }, grid: { display: false } } });
      return {
        type: "bubble",
        data: { datasets: groups },
        options: { clip: false, scales: { x: side(`${data.ends[0]}  ←  ${data.names[0]}  →  ${data.ends[1]}`), y: side(`${data.ends[2]}  ←  ${data.names[1]}  →  ${data.ends[3]}`) }, plugins: { tooltip: { displayColors: false, callbacks: { label } } } },
        plugins: [planePlugin, shapesPlugin],
      };
    },
    models(data) {
      return {
        type: "bar",
        data: { labels: data.labels, datasets: [{ data: data.clips, backgroundColor: token("accent"), borderRadius: 4, maxBarThickness: 28 }] },
        options: { indexAxis: "y", scales: { x: counts(), y: axis(noGrid) } },
      };
    },
  };

  function legend() {
    return { display: true, align: "end", labels: { color: token("ink-2"), boxWidth: 20, boxHeight: 9, usePointStyle: true } };
  }

  function draw(canvas) {
    Chart.getChart(canvas)?.destroy();
    const data = given[canvas.dataset.chart];
    const config = makers[data.kind](data, canvas.dataset.emotion);
    const tooltip = { backgroundColor: token("ink"), titleColor: token("paper"), bodyColor: token("paper"), padding: 10, cornerRadius: 8, boxPadding: 4, ...config.options.plugins?.tooltip };
    config.options = {
      responsive: true,
      maintainAspectRatio: false,
      animation: calm.matches ? false : { duration: 500 },
      ...config.options,
      plugins: { legend: { display: false }, ...config.options.plugins, tooltip },
    };
    new Chart(canvas, config);
  }

  function drawAll() {
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    Chart.defaults.font.size = 12;
    document.querySelectorAll("canvas[data-chart]").forEach(draw);
  }

  function toggleTable(button) {
    const table = document.getElementById(button.getAttribute("aria-controls"));
    const isOpen = table.classList.toggle("is-open");
    button.setAttribute("aria-expanded", String(isOpen));
  }

  drawAll();
  dark.addEventListener("change", drawAll);
  new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["data-theme", "class"] });
  document.querySelectorAll(".table-toggle").forEach((button) => button.addEventListener("click", () => toggleTable(button)));
})();
