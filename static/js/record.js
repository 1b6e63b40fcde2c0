// Record in the page: level, time, pause, play-back before sending, choice of microphone.
(() => {
  const panel = document.getElementById("panel-record");
  const form = document.getElementById("upload-form");
  if (!panel || !form) return;
  const { say, start: send } = window.sending;
  const part = (name) => document.getElementById(`record-${name}`);
  const ui = Object.fromEntries(
    ["start", "pause", "stop", "again", "time", "level", "says", "alert", "device", "device-field", "choose", "preview", "preview-box", "bar", "bar-says", "bar-stop", "bar-back"].map((name) => [name, part(name)]),
  );
  const SILENT_PEAK = 0.01; // of full scale, about -40 dB
  const WARN_S = 30; // before the longest length
  const limits = () => ({ min: Number(form.dataset.minS), max: Number(form.dataset.maxS) });
  let take = null; // what is being recorded
  let done = null; // what can be sent
  let isSent = false;

  function show(phase) {
    panel.dataset.phase = phase;
    const isLive = phase === "recording" || phase === "paused";
    ui.start.hidden = isLive || phase === "ready";
    ui.start.disabled = phase === "asking";
    ui.pause.hidden = ui.stop.hidden = !isLive;
    ui.pause.textContent = say(phase === "paused" ? "resume" : "pause");
    ui.again.hidden = phase !== "ready";
    ui["preview-box"].hidden = phase !== "ready";
    ui.device.disabled = isLive || phase === "asking";
    ui.choose.hidden = phase !== "idle" || !ui["device-field"].hidden || Boolean(missing());
    showBar();
  }

  // On the other tab: what is under way must not be forgotten.
  function showBar() {
    const phase = panel.dataset.phase;
    const isUnderWay = take !== null || (phase === "ready" && !isSent);
    ui.bar.hidden = !panel.hidden || !isUnderWay;
    ui["bar-stop"].hidden = take === null;
    ui["bar-says"].textContent = isUnderWay ? say(take ? "paused-at" : "waits", { time: ui.time.textContent }) : "";
  }

  function back() {
    const tab = document.getElementById("tab-record");
    tab.click();
    tab.focus();
  }

  function tell(key, values) {
    ui.says.textContent = key ? say(key, values) : "";
  }

  function warn(key, values) {
    ui.alert.textContent = key ? say(key, values) : "";
    ui.alert.hidden = !key;
    ui.alert.dataset.reason = key ?? "";
  }

  function clock(seconds) {
    const whole = Math.floor(seconds);
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  }

  function reasonOf(error) {
    const reasons = { NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "no-device", OverconstrainedError: "no-device" };
    return reasons[error.name] ?? "busy";
  }

  function missing() {
    if (!window.isSecureContext) return "insecure";
    return navigator.mediaDevices?.getUserMedia && window.AudioContext ? null : "unsupported";
  }

  async function open() {
    const id = ui.device.value;
    const audio = { deviceId: id ? { exact: id } : undefined, channelCount: 1, autoGainControl: false, noiseSuppression: false, echoCancellation: false };
    return navigator.mediaDevices.getUserMedia({ audio });
  }

  // Browsers tell the names of microphones only to pages that have, or had, permission to use one.
  async function listDevices(stream) {
    const current = stream?.getAudioTracks()[0].getSettings().deviceId ?? ui.device.value;
    const devices = (await navigator.mediaDevices.enumerateDevices()).filter((one) => one.kind === "audioinput");
    if (!stream && !devices.some((one) => one.label)) return;
    const options = devices.map((one, index) => new Option(one.label || say("device", { n: index + 1 }), one.deviceId, false, one.deviceId === current));
    ui.device.replaceChildren(...options);
    ui["device-field"].hidden = options.length === 0;
    show(panel.dataset.phase);
  }

  async function choose() {
    warn(null);
    show("asking");
    tell("asking");
    let reason = null;
    try {
      const stream = await open();
      await listDevices(stream);
      for (const track of stream.getTracks()) track.stop();
    } catch (error) {
      reason = reasonOf(error);
    }
    show("idle");
    tell(null);
    warn(reason);
    (reason ? ui.choose : ui.device).focus();
  }

  async function begin() {
    const reason = missing();
    if (reason) return warn(reason);
    forget();
    warn(null);
    show("asking");
    tell("asking");
    try {
      const stream = await open();
      await listDevices(stream);
      await record(stream);
    } catch (error) {
      if (take) close();
      show("idle");
      tell(null);
      warn(reasonOf(error));
    }
  }

  async function record(stream) {
    const context = new AudioContext();
    const source = context.createMediaStreamSource(stream);
    const analyser = context.createAnalyser();
    analyser.fftSize = 2048;
    source.connect(analyser);
    take = { stream, context, analyser, peak: 0, recorded: 0, since: performance.now(), bars: [], samples: new Float32Array(2048) };
    take.recorder = await window.recorders.make(stream, context, source, form.dataset.workletUrl);
    take.since = performance.now();
    stream.getAudioTracks()[0].addEventListener("ended", () => end("lost"));
    take.timer = setInterval(tick, 50);
    if (panel.hidden) return pause(); // permission came when the person had gone on
    show("recording");
    tell("recording");
    ui.stop.focus();
  }

  function seconds() {
    return take.recorded + (take.since === null ? 0 : (performance.now() - take.since) / 1000);
  }

  function tick() {
    if (!take || take.since === null) return;
    take.analyser.getFloatTimeDomainData(take.samples);
    const level = take.samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    take.peak = Math.max(take.peak, level);
    take.bars.push(level);
    draw(take.bars);
    ui.time.textContent = clock(seconds());
    watch(limits().max - seconds());
  }

  // Words change only when there is something new, since screen readers say each of them.
  function watch(left) {
    const isSilent = seconds() > 3 && take.peak < SILENT_PEAK;
    if (left <= 0) return void end("ended");
    if (left <= WARN_S && !take.isWarned) {
      take.isWarned = true;
      warn("ends-soon", { n: Math.ceil(left) });
    } else if (isSilent !== Boolean(take.isSilent) && !take.isWarned) {
      take.isSilent = isSilent;
      warn(isSilent ? "silent-so-far" : null);
    }
  }

  function draw(bars) {
    const canvas = ui.level;
    const pen = canvas.getContext("2d");
    const step = 6;
    const shown = bars.slice(-Math.floor(canvas.width / step));
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.fillStyle = getComputedStyle(canvas).color;
    shown.forEach((level, index) => {
      const height = Math.max(4, Math.sqrt(level) * canvas.height);
      pen.fillRect(index * step, (canvas.height - height) / 2, step - 2, height);
    });
  }

  function pause() {
    if (take.since === null) {
      take.since = performance.now();
      take.recorder.resume();
    } else {
      take.recorded = seconds();
      take.since = null;
      take.recorder.pause();
    }
    show(take.since === null ? "paused" : "recording");
    tell(take.since === null ? "paused" : "recording");
  }

  function close() {
    clearInterval(take.timer);
    for (const track of take.stream.getTracks()) track.stop();
    take.context.close();
    take = null;
  }

  async function end(why) {
    if (!take || take.isEnding) return;
    take.isEnding = true;
    clearInterval(take.timer);
    const length = seconds();
    const peak = take.peak;
    const made = await take.recorder.stop().catch(() => null);
    close();
    if (!made) return refuse("broken");
    const { blob, extension } = made;
    if (length < limits().min) return refuse("too-short", { min: limits().min });
    if (peak < SILENT_PEAK) return refuse("silent");
    const when = new Date().toLocaleString("sv").replaceAll(":", ".");
    isSent = false;
    done = new File([blob], `${say("file-name", { when })}.${extension}`, { type: blob.type });
    ui.preview.src = URL.createObjectURL(done);
    warn(why ?? null);
    show("ready");
    tell("ready", { time: clock(length) });
    form.querySelector('button[type="submit"]').focus();
  }

  function refuse(key, values) {
    show("idle");
    tell(null);
    warn(key, values);
    ui.start.focus();
  }

  function forget() {
    if (ui.preview.src) URL.revokeObjectURL(ui.preview.src);
    ui.preview.removeAttribute("src");
    done = null;
    ui.time.textContent = clock(0);
    draw([]);
  }

  ui.start.addEventListener("click", begin);
  ui.again.addEventListener("click", begin);
  ui.pause.addEventListener("click", pause);
  ui.stop.addEventListener("click", () => end());
  form.addEventListener("recording:wanted", () => {
    if (done) send([done]);
    else warn("nothing-recorded");
  });
  form.addEventListener("sending:accepted", (event) => {
    if (event.detail.file === done) isSent = true;
  });
  form.addEventListener("tab:selected", () => {
    if (take?.recorder && take.since !== null && panel.hidden) pause();
    showBar();
  });
  ui.choose.addEventListener("click", choose);
  ui["bar-back"].addEventListener("click", back);
  ui["bar-stop"].addEventListener("click", () => {
    back();
    end();
  });
  window.addEventListener("beforeunload", (event) => {
    if (take || (done && !isSent)) event.preventDefault();
  });
  show("idle");
  if (missing()) return warn(missing());
  const relist = () => listDevices().catch(() => {}); // without a list the device is the browser's choice
  navigator.mediaDevices.addEventListener("devicechange", relist);
  relist();
})();
