// Hands the microphone's samples to the page, for browsers that can't record Opus themselves.
class Pcm extends AudioWorkletProcessor {
  process(inputs) {
    const samples = inputs[0][0];
    if (samples) this.port.postMessage(samples.slice());
    return true;
  }
}
registerProcessor("pcm", Pcm);
