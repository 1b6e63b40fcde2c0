"""Turn the published GE2E speaker encoder into the file that `voice_transfer` starts from.

A build-time script, run once by hand where torch is installed; nothing else imports it:

    pip download --no-deps Resemblyzer==0.1.4 && unzip Resemblyzer-0.1.4-py3-none-any.whl
    python mlcore/networks/convert_ge2e.py resemblyzer/pretrained.pt \
        mlcore/pretrained/ge2e/encoder.npz

PyTorch keeps an LSTM's gates in the order that Keras uses, its matrices transposed and the bias
in two halves. The encoder's last projection is left out.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

N_LAYERS = 2  # the third knows more of the voice and less of the mood


def convert(state: dict[str, Any], n_layers: int = N_LAYERS) -> dict[str, Any]:
    """Rearrange the state of a torch.nn.LSTM for keras.layers.LSTM.

    Parameters
    ----------
    state : dict of str to torch.Tensor
        With the keys ``lstm.weight_ih_l0`` and so on.
    n_layers : int
        How many layers to take.

    Returns
    -------
    dict of str to numpy.ndarray
        ``kernel_0 (n_in, 4 * n_units)``, ``recurrent_0 (n_units, 4 * n_units)``, ``bias_0``, ...
    """
    arrays: dict[str, Any] = {}
    for layer in range(n_layers):
        arrays[f"kernel_{layer}"] = state[f"lstm.weight_ih_l{layer}"].numpy().T
        arrays[f"recurrent_{layer}"] = state[f"lstm.weight_hh_l{layer}"].numpy().T
        biases = (state[f"lstm.bias_{half}_l{layer}"] for half in ("ih", "hh"))
        arrays[f"bias_{layer}"] = sum(bias.numpy() for bias in biases)
    return arrays


def main() -> None:
    """Read the arguments and convert."""
    import torch  # type: ignore[import-not-found]  # not among our requirements

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path, help="pretrained.pt of the Resemblyzer wheel")
    parser.add_argument("output", type=Path, help="the .npz file to write")
    arguments = parser.parse_args()
    checkpoint = torch.load(arguments.checkpoint, map_location="cpu", weights_only=True)
    np.savez(arguments.output, **convert(checkpoint["model_state"]))


if __name__ == "__main__":
    main()
