"""An activity recogniser learns from watches, leaves as ONNX and as C, and gets to know its new wearer in both.

python examples/activity_recognizer.py [--data watch_har_raw.csv.gz]    (it needs a C compiler, cc)
"""

import argparse
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from activity import imu, watch

from streamnorm import NormPropClassifier, SlidingWindow
from streamnorm.export import EdgeLearner, EdgeModel, to_c, to_onnx

CHANNELS = ("ax", "ay", "az", "wx", "wy", "wz")
SIZE = 50  # Two seconds.
BOUTS = 10
NEW = 10  # The new wearer's number.


def main(data):
    others, known, unknown = people(data)
    # Windows that overlap tell much the same: learning from all of them would be learning by heart.
    model = SlidingWindow(SIZE, channels=CHANNELS) | NormPropClassifier(
        "sensor", input_shape=(6, SIZE), learn_every=SIZE, seed=42
    )
    for x, y in replayed(others):
        model.learn_one(x, y)
    network = model["NormPropClassifier"]
    worn, truth = [*labelled_now_and_then(known), *unlabelled(unknown)], [y for _, y in replayed(unknown)]

    def report(who, guesses):
        right = sum(guess == y for guess, y in zip(guesses[-len(truth) :], truth, strict=True))
        print(f"{who:28} {right / len(truth):.1%} right of what the new wearer does later")
        return guesses

    with TemporaryDirectory() as directory:
        file, learns, firmware = (Path(directory, name) for name in ("activity.onnx", "learns.onnx", "firmware"))
        to_onnx(model, file)
        to_onnx(network, learns, learn=True)
        to_c(model, firmware, learn=True)

        python = report("Python, learned from others", lived(network, unlabelled(unknown)))
        predicts = report("a file that predicts", lived(EdgeModel(file), unlabelled(unknown)))
        onnx = report("ONNX, learns from the wearer", lived(EdgeLearner(learns), worn))
        c = report("C, learns from the wearer", run(compiled(firmware), worn, network.classes_))
    print(f"{same(python, predicts)} labels are the same in Python and in the file that predicts")
    print(f"{same(onnx, c)} labels are the same in ONNX Runtime and in C while they learn")


def people(data):
    """Recordings of others, and of the new wearer those that are labelled and later ones that are not."""
    if data:  # It does not say who is who: the last recordings stand for the new wearer's.
        recordings = [*watch.recordings(data)]
    else:
        recordings = [recording for person in range(NEW) for recording in imu.recordings(person, rounds=1)]
        recordings += imu.recordings(NEW, rounds=2 * BOUTS // len(imu.ACTIVITIES))
    return recordings[: -2 * BOUTS], recordings[-2 * BOUTS : -BOUTS], recordings[-BOUTS:]


def replayed(recordings):
    """One sample after the other, as a sensor gives them."""
    for recording, activity in recordings:
        for values in recording.tolist():
            yield dict(zip(CHANNELS, values, strict=True)), activity


def labelled_now_and_then(recordings):
    return ((x, None if step % SIZE else y) for step, (x, y) in enumerate(replayed(recordings), start=1))


def unlabelled(recordings):
    return ((x, None) for x, _ in replayed(recordings))


def lived(network, samples):
    """What it says of each sample, learning where there is a label."""
    window, guesses = SlidingWindow(SIZE, channels=CHANNELS), []
    model = window | network
    for x, y in samples:
        guesses.append(model.predict_one(x))
        if y is None:
            window.learn_one(x)
        else:
            model.learn_one(x, y)
    return guesses


def compiled(firmware):
    program, sources = firmware / "watch", [Path(__file__).parent / "activity" / "main.c", *firmware.glob("*.c")]
    subprocess.run(["cc", "-std=c99", "-O2", f"-I{firmware}", *sources, "-lm", "-o", program], check=True)
    return program


def run(program, samples, classes):
    """The same through the C program: a line in, with the number of the label, and the number of the guess out."""
    lines = (" ".join(map(repr, [-1 if y is None else classes.index(y), *x.values()])) for x, y in samples)
    output = subprocess.run([program], input="\n".join(lines), capture_output=True, text=True, check=True).stdout
    return [None if guess < 0 else classes[guess] for guess in map(int, output.split())]


def same(some, others):
    """Of those of which both say something."""
    pairs = [pair for pair in zip(some, others, strict=True) if None not in pair]
    return f"{sum(a == b for a, b in pairs)} of {len(pairs)}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, help="a file of real windows instead of generated recordings")
    main(parser.parse_args().data)
