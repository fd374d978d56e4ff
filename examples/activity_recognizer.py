"""An activity recogniser learns from watches, leaves as ONNX, and gets to know its new wearer there.

python examples/activity_recognizer.py [--data watch_har_raw.csv.gz]
"""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from activity import imu, watch

from streamnorm import NormPropClassifier, SlidingWindow
from streamnorm.export import EdgeLearner, EdgeModel, to_onnx

CHANNELS = ("ax", "ay", "az", "wx", "wy", "wz")
SIZE = 50  # Two seconds.
BOUTS = 10
NEW = 10  # The new wearer's number.


def main(data):
    others, known, unknown = people(data)
    # Windows that overlap tell much the same: learning from all of them would be learning by heart.
    model = SlidingWindow(SIZE) | NormPropClassifier("sensor", input_shape=(6, SIZE), learn_every=SIZE, seed=42)
    for x, y in replayed(others):
        model.learn_one(x, y)
    network = model["NormPropClassifier"]
    worn, truth = [*labelled_now_and_then(known), *unlabelled(unknown)], [y for _, y in replayed(unknown)]

    def report(who, guesses):
        right = sum(guess == y for guess, y in zip(guesses[-len(truth) :], truth, strict=True))
        print(f"{who:28} {right / len(truth):.1%} right of what the new wearer does later")
        return guesses

    with TemporaryDirectory() as directory:
        file, learns = Path(directory, "activity.onnx"), Path(directory, "learns.onnx")
        to_onnx(model, file)
        to_onnx(network, learns, learn=True)

        python = report("Python, learned from others", lived(network, unlabelled(unknown)))
        predicts = report("a file that predicts", lived(EdgeModel(file), unlabelled(unknown)))
        report("ONNX, learns from the wearer", lived(EdgeLearner(learns), worn))
    same = sum(a == b for a, b in zip(python, predicts, strict=True))
    print(f"{same} of {len(python)} labels are the same in Python and in the file that predicts")


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
    window, guesses = SlidingWindow(SIZE), []
    model = window | network
    for x, y in samples:
        guesses.append(model.predict_one(x))
        if y is None:
            window.learn_one(x)
        else:
            model.learn_one(x, y)
    return guesses


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, help="a file of real windows instead of generated recordings")
    main(parser.parse_args().data)
