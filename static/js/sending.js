// Sends files one after another, each with a progress bar, and says what became of each.
// upload.js and record.js hand files in; without this script the plain form does the same at once.
(() => {
  const form = document.getElementById("upload-form");
  if (!form) return;
  const words = JSON.parse(document.getElementById("upload-words").textContent);
  const parts = {
    queue: document.getElementById("queue"),
    rows: document.getElementById("queue-rows"),
    bar: document.getElementById("queue-bar"),
    total: document.getElementById("queue-total"),
    results: document.getElementById("queue-results"),
    alert: document.getElementById("queue-alert"),
    spoken: document.getElementById("queue-spoken"),
  };
  const state = { items: [], batch: null, active: null, isRunning: false };

  function say(key, values = {}) {
    return words[key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  }

  function field(name) {
    return form.querySelector(`[name="${name}"]:checked, input[type="hidden"][name="${name}"]`)?.value ?? "";
  }

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function addRow(file) {
    const item = { file, row: element("li", "queue-row"), status: "waiting", loaded: 0 };
    item.bar = element("progress");
    item.bar.max = 1;
    item.bar.value = 0;
    item.bar.setAttribute("aria-label", say("progress-of", { name: file.name }));
    item.says = element("span", "queue-says", say("waiting"));
    item.actions = element("span", "queue-actions");
    item.more = element("div", "queue-more");
    item.row.append(element("span", "file-name", file.name), item.says, item.bar, item.actions, item.more);
    parts.rows.append(item.row);
    offer(item, "cancel", () => cancel(item));
    return item;
  }

  function offer(item, key, action) {
    const made = element("button", "button button-quiet button-small", say(key));
    made.type = "button";
    const spoken = words[`${key}-of`];
    if (spoken) made.setAttribute("aria-label", say(`${key}-of`, { name: item.file.name }));
    made.addEventListener("click", action);
    item.actions.replaceChildren(made);
  }

  function settle(item, status, text) {
    item.status = status;
    item.row.dataset.status = status;
    item.says.textContent = text;
    if (status === "failed" || status === "canceled") offer(item, "retry", () => again(item));
    else item.actions.replaceChildren();
    showTotal();
  }

  function cancel(item) {
    if (item === state.active) item.request.abort(); // its abort event settles it
    else settle(item, "canceled", say("canceled"));
  }

  function again(item) {
    item.status = "waiting";
    item.loaded = 0;
    item.bar.value = 0;
    item.row.dataset.status = "waiting";
    item.says.textContent = say("waiting");
    item.more.replaceChildren();
    offer(item, "cancel", () => cancel(item));
    run();
  }

  function showTotal() {
    const sizes = state.items.map((item) => Math.max(1, item.file.size));
    const done = state.items.map((item, index) => (item.status === "waiting" ? 0 : item === state.active ? item.loaded * sizes[index] : sizes[index]));
    parts.bar.max = sizes.reduce((sum, size) => sum + size, 0) || 1;
    parts.bar.value = done.reduce((sum, size) => sum + size, 0);
    const n = state.items.filter((item) => !["waiting", "sending"].includes(item.status)).length;
    parts.total.textContent = say("total", { done: n, n: state.items.length });
  }

  function post(address, values, item) {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      const body = new FormData();
      for (const [name, value] of Object.entries(values)) body.append(name, value);
      if (item?.isSent === false) body.append("file", item.file, item.file.name);
      request.open("POST", address);
      request.setRequestHeader("X-CSRFToken", field("csrfmiddlewaretoken"));
      request.setRequestHeader("Accept", "application/json");
      if (item) {
        item.request = request;
        request.upload.addEventListener("progress", (event) => progress(item, event));
      }
      request.addEventListener("load", () => resolve(request));
      request.addEventListener("error", () => resolve({ status: 0 }));
      request.addEventListener("abort", () => resolve({ status: -1 }));
      request.send(body);
    });
  }

  function progress(item, event) {
    if (!event.lengthComputable) return;
    item.loaded = event.loaded / event.total;
    item.bar.value = item.loaded;
    item.says.textContent = item.loaded < 1 ? say("progress", { percent: Math.floor(100 * item.loaded) }) : say("checking");
    showTotal();
  }

  function answerOf(request) {
    try {
      const answer = JSON.parse(request.responseText);
      return answer.clips || answer.message || answer.id ? answer : null;
    } catch {
      return null; // a page of the server's, not our answer; so is the sign-in form as JSON
    }
  }

  function trouble(request, address) {
    if (request.status === 0) return say("network");
    if (request.status === 413) return say("too-big");
    if (!new URL(request.responseURL, location.href).pathname.startsWith(address)) return say("signed-out");
    return say("server", { status: request.status });
  }

  async function send(item) {
    state.active = item;
    item.status = item.row.dataset.status = "sending";
    item.isSent = false;
    const address = form.dataset.fileUrl;
    const values = { speaker_consent: field("speaker_consent"), batch: state.batch?.id ?? "" };
    const request = await post(address, values, item);
    item.isSent = true;
    state.active = null;
    if (request.status === -1) return settle(item, "canceled", say("canceled"));
    const answer = answerOf(request);
    if (!answer) return settle(item, "failed", trouble(request, address));
    item.bar.value = 1;
    if (answer.message) return settle(item, "failed", answer.message);
    take(item, answer);
  }

  function take(item, answer) {
    item.clips = [...(item.clips ?? []), ...answer.clips];
    if (item.clips.length) {
      settle(item, "sent", item.clips.length > 1 ? say("sent-many", { n: item.clips.length }) : say("sent"));
    } else {
      item.row.dataset.code = answer.refusals[0]?.code ?? "";
      settle(item, "refused", answer.refusals[0]?.message ?? "");
    }
    for (const refusal of answer.refusals) explain(item, refusal);
    if (!item.clips.length) return;
    const detail = { file: item.file, clips: item.clips, place: item.actions, batchUrl: state.batch?.url };
    form.dispatchEvent(new CustomEvent("sending:accepted", { detail }));
  }

  // Refused files keep their sentence; one that is there already can be looked at, or kept twice.
  function explain(item, refusal) {
    const line = element("div", "queue-refusal");
    line.dataset.code = refusal.code;
    const isOnly = refusal.file_name === item.file.name && !item.clips.length;
    if (!isOnly) {
      const text = element("p");
      if (refusal.file_name) text.append(element("strong", "", refusal.file_name), ": ");
      text.append(refusal.message);
      line.append(text);
    }
    if (refusal.clip_url) line.append(twinActions(item, refusal, line));
    if (line.childNodes.length) item.more.append(line);
    parts.spoken.textContent = refusal.file_name ? `${refusal.file_name}: ${refusal.message}` : refusal.message;
  }

  function twinActions(item, refusal, line) {
    const actions = element("p", "buttons");
    const show = element("a", "", say("show"));
    show.href = refusal.clip_url;
    const keep = element("button", "button button-quiet button-small", say("keep"));
    keep.type = "button";
    keep.addEventListener("click", async () => {
      keep.disabled = true;
      const values = { file_name: refusal.file_name, speaker_consent: field("speaker_consent"), batch: state.batch?.id ?? "" };
      const answer = answerOf(await post(refusal.copy_url, values));
      keep.disabled = false;
      if (!answer?.clips) return void (parts.alert.textContent = answer?.message ?? say("network"));
      line.remove();
      take(item, { clips: answer.clips, refusals: [] });
      finish();
    });
    actions.append(show, keep);
    return actions;
  }

  async function startBatch() {
    const isMany = state.items.length > 1 || state.items.some((item) => item.file.name.toLowerCase().endsWith(".zip"));
    if (state.batch || !isMany) return true;
    const answer = answerOf(await post(form.dataset.batchUrl, {}));
    if (answer?.id) state.batch = answer;
    return Boolean(answer?.id);
  }

  async function run() {
    if (state.isRunning) return;
    state.isRunning = true;
    form.dataset.sending = "yes";
    if (!(await startBatch())) {
      for (const item of state.items) if (item.status === "waiting") settle(item, "failed", say("network"));
    }
    let item;
    while ((item = state.items.find((one) => one.status === "waiting"))) await send(item);
    state.isRunning = false;
    delete form.dataset.sending;
    finish();
  }

  // All well: on to the results. Otherwise the page stays, so that nothing is missed.
  function finish() {
    if (state.isRunning) return;
    const clips = state.items.flatMap((item) => item.clips ?? []);
    const isClean = state.items.every((item) => item.status === "sent" && !item.more.childNodes.length);
    const target = state.batch ? state.batch.url : clips[0]?.url;
    if (isClean && target) return void location.assign(target);
    parts.total.textContent = say("finished", { accepted: clips.length, failed: state.items.filter((item) => item.status !== "sent").length });
    parts.results.hidden = !target;
    if (target) parts.results.href = target;
    form.dispatchEvent(new CustomEvent("sending:finished"));
  }

  window.sending = {
    say,
    start(files) {
      if (state.isRunning) return;
      state.items = [];
      state.batch = null;
      parts.rows.replaceChildren();
      parts.alert.textContent = "";
      parts.results.hidden = true;
      parts.queue.hidden = false;
      state.items = files.map(addRow);
      showTotal();
      parts.queue.scrollIntoView({ block: "nearest" });
      run();
    },
  };
  window.addEventListener("beforeunload", (event) => {
    if (state.isRunning) event.preventDefault();
  });
})();
