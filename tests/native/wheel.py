"""What an installed wheel must do before it is published: learn with the native engine."""

from river.datasets import Phishing

from streamnorm import NormPropClassifier


def main() -> None:
    model = NormPropClassifier(engine="native", seed=1)
    hits = 0
    for x, y in Phishing().take(1000):
        hits += model.predict_one(x) == y
        model.learn_one(x, y)
    print(f"{hits} of 1000 right with the native engine")
    # The more frequent class is 57 % of the stream.
    assert hits > 800


if __name__ == "__main__":
    main()
