// Two ways to record a stream: the browser's own Opus, or 16-bit WAV from an audio worklet.
// Both have pause(), resume() and stop(), which resolves to { blob, extension }.
(() => {
  const OPUS = [
    ["audio/webm;codecs=opus", "webm"],
    ["audio/ogg;codecs=opus", "ogg"],
  ];

  function opusType() {
    if (typeof MediaRecorder === "undefined") return null;
    return OPUS.find(([type]) => MediaRecorder.isTypeSupported(type)) ?? null;
  }

  function opusRecorder(stream, [type, extension]) {
    const recorder = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: 96_000 });
    const parts = [];
    recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
    recorder.start(1000);
    return {
      pause: () => recorder.pause(),
      resume: () => recorder.resume(),
      stop: () =>
        new Promise((resolve) => {
          const done = () => resolve({ blob: new Blob(parts, { type: type.split(";")[0] }), extension });
          if (recorder.state === "inactive") return done(); // it ends by itself when the device goes
          recorder.addEventListener("stop", done, { once: true });
          recorder.stop();
        }),
    };
  }

  async function wavRecorder(context, source, workletUrl) {
    await context.audioWorklet.addModule(workletUrl);
    const node = new AudioWorkletNode(context, "pcm", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    const parts = [];
    let isPaused = false;
    node.port.onmessage = (event) => {
      if (!isPaused) parts.push(event.data);
    };
    source.connect(node);
    return {
      pause: () => (isPaused = true),
      resume: () => (isPaused = false),
      stop: async () => {
        source.disconnect(node);
        return { blob: wav(parts, context.sampleRate), extension: "wav" };
      },
    };
  }

  function wav(parts, sampleRate) {
    const n = parts.reduce((sum, part) => sum + part.length, 0);
    const view = new DataView(new ArrayBuffer(44 + 2 * n));
    const text = (at, letters) => [...letters].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
    text(0, "RIFF");
    view.setUint32(4, 36 + 2 * n, true);
    text(8, "WAVEfmt ");
    view.setUint32(16, 16, true);
    view.setUint16(20, 1, true); // PCM
    view.setUint16(22, 1, true); // mono
    view.setUint32(24, sampleRate, true);
    view.setUint32(28, 2 * sampleRate, true);
    view.setUint16(32, 2, true);
    view.setUint16(34, 16, true);
    text(36, "data");
    view.setUint32(40, 2 * n, true);
    let at = 44;
    for (const part of parts) {
      for (const sample of part) {
        view.setInt16(at, 32767 * Math.max(-1, Math.min(1, sample)), true);
        at += 2;
      }
    }
    return new Blob([view], { type: "audio/wav" });
  }

  window.recorders = {
    make(stream, context, source, workletUrl) {
      const type = opusType();
      return type ? opusRecorder(stream, type) : wavRecorder(context, source, workletUrl);
    },
  };
})();
