"""Threads and processes that share a model or hand it on: nothing is lost, mixed up or waited for in vain."""

import copy
import multiprocessing
import os
import pickle
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
from models import NATIVE, bits, learned_from, needs_native
from river import datasets

import streamnorm
from streamnorm import (
    NormPropClassifier,
    NormPropMultiLabelClassifier,
    NormPropMultiTargetRegressor,
    NormPropRegressor,
)

ROWS = [*datasets.ImageSegments().take(60)]


@pytest.fixture
def switching():
    """Threads take turns a thousand times as often as usual."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def in_threads(*jobs):
    """Runs every job in a thread of its own, all at once, and gives what they return or raises what they raise."""
    barrier = threading.Barrier(len(jobs))

    def together(job):
        barrier.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result() for future in [pool.submit(together, job) for job in jobs]]


def assert_consistent(model, samples):
    learner = model._learner
    n_in, n_out = len(model.features_), len(model.classes_)
    assert len(set(model.features_)) == len(learner.features.columns) == n_in
    assert len(set(model.classes_)) == n_out
    for network in learner.mixture.networks:
        assert (network.fan_in, network.fan_out) == (n_in, n_out)
        assert network.parameters[0]["W"].value.shape[1] == n_in
        assert network.parameters[-1]["W"].value.shape[0] == n_out
    assert len(learner.standardizer.count) == n_in
    assert all(np.isfinite(array).all() for array in model._arrays().values())
    assert learner.mixture.samples == samples
    assert sum(model.predict_proba_one(ROWS[0][0]).values()) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("engine", [NATIVE, "reference", "autograd"])
def test_whatever_threads_do_with_a_model_no_sample_is_lost(engine, switching, tmp_path):
    """Three learn, each with features and classes that the others have as well, while others read; all wait in turn."""
    model = NormPropClassifier((8,), engine=engine, seed=1)
    rounds = {"native": 200, "reference": 30, "autograd": 10}[engine]

    def learn():
        for i in range(rounds):
            x, y = ROWS[i % len(ROWS)]
            model.learn_one({**x, f"new {i // 4}": 1.0}, y if i % 5 else f"class {i // 10}")

    def learn_many():
        for i in range(rounds // 5):
            model.learn_many(np.eye(4), ["grass", "sky", f"many {i // 3}", f"class {i // 2}"])

    def read():
        for i in range(rounds):
            probabilities = model.predict_proba_one(ROWS[i % len(ROWS)][0])
            assert not probabilities or sum(probabilities.values()) == pytest.approx(1.0, abs=1e-9)
            assert len(model.predict_many(np.eye(4))) == 4

    def keep():
        for _ in range(rounds // 10):
            for copied in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
                assert_consistent(copied, copied._learner.mixture.samples)
            model.save(tmp_path / "model")
            kept = streamnorm.load(tmp_path / "model")
            assert_consistent(kept, kept._learner.mixture.samples)

    model.learn_many(np.eye(4), ["grass", "sky", "grass", "sky"])
    in_threads(learn, learn, learn_many, read, keep)
    assert_consistent(model, 4 + 2 * rounds + 4 * (rounds // 5))


def test_reports_wait_for_a_thread_that_learns(switching):
    """Features and labels appear meanwhile."""
    model = NormPropMultiLabelClassifier((4,), engine="reference", seed=1)
    rows = [({"a": 1.0, f"new {i}": 1.0}, {"p": True, f"label {i}": False}) for i in range(100)]

    def report():
        for _ in range(50):
            assert model.explain_one({"a": 2.0}).keys() <= {"a"}
            assert model.health([{"a": 2.0}] * 10)["samples"] == 10

    in_threads(lambda: learned_from(model, rows), report, report)
    assert len(model.labels_) == 101


@needs_native
def test_plain_samples_of_several_threads_all_count(switching):
    model = NormPropRegressor((8,), engine="native", seed=1)
    rows = [*datasets.TrumpApproval().take(500)]

    def learn():
        for x, y in rows:
            model.learn_one(x, y)
            model.predict_one(x)

    in_threads(learn, learn, learn)
    assert model._learner.mixture.samples == 1500
    assert (model._learner.standardizer.count == 1500).all()


def test_labels_of_two_kinds_at_once_are_refused_as_one_after_the_other(switching):
    for _ in range(20):
        model = NormPropClassifier((2,), seed=1)
        refused = []

        def learn(label, model=model, refused=refused):
            try:
                model.learn_one({"a": 1.0}, label)
            except TypeError:
                refused.append(label)

        in_threads(lambda: learn(1), lambda: learn("1"))
        assert sorted([*model.classes_, *refused], key=str) in ([1, "1"], ["1", 1])
        assert len(model.classes_) == 1


@needs_native
def test_others_wait_while_rows_are_learned():
    """The interpreter is free in the meantime: the other thread gets to its call, and then waits for its turn."""
    X = np.random.default_rng(1).standard_normal((5_000, 64))
    y = X[:, 0] > 0
    model = NormPropClassifier((128, 128), engine="native", seed=1)
    thread = threading.Thread(target=model.learn_many, args=(X, y))
    thread.start()
    while thread.is_alive() and not model._learner._turn.taken:
        pass
    model.learn_one(dict(enumerate(X[0].tolist())) | {"new": 1.0}, True)
    thread.join()
    assert model._learner.mixture.samples == 5_001


@needs_native
def test_models_in_threads_of_their_own_learn_what_they_learn_alone():
    def learned(seed):
        X = np.random.default_rng(seed).standard_normal((2_000, 16))
        model = NormPropClassifier(engine="native", seed=seed)
        predictions = model.test_then_train_many(X, X[:, 0] > X[:, 1])
        return bits(model), predictions.tolist()

    assert in_threads(lambda: learned(1), lambda: learned(2)) == [learned(1), learned(2)]


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # It may be multi-threaded: torch has threads.
def test_a_model_goes_to_a_process_learns_there_and_comes_back(method):
    model = NormPropClassifier((8,), seed=1)
    for x, y in ROWS[:30]:
        model.learn_one(x, y)
    with ProcessPoolExecutor(1, multiprocessing.get_context(method)) as pool:
        there = pool.submit(learned_from, model, ROWS[30:]).result()
    assert bits(there) == bits(learned_from(model, ROWS[30:]))
    there.learn_one({"new": 1.0}, "new")


@needs_native
@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_a_fork_while_another_thread_learns_says_so_instead_of_waiting_for_ever():
    code = """
        import copy, os, signal, sys, threading
        import numpy as np
        from streamnorm import NormPropClassifier

        model, idle = NormPropClassifier((256, 256), seed=1), NormPropClassifier((4,), seed=1)
        X = np.random.default_rng(1).standard_normal((5_000, 64))
        x = dict(enumerate(X[0].tolist()))
        model.learn_one(x, True)
        thread = threading.Thread(target=model.learn_many, args=(X, X[:, 0] > 0))
        thread.start()
        while not model._learner._turn.taken:
            pass
        child = os.fork()
        if not child:
            signal.alarm(60)  # Ends a child that waits.
            calls = [
                lambda: model.predict_one(x), lambda: model.learn_one(x, True),
                lambda: model.learn_one({"new": 1}, True),
                lambda: model.predict_many(X[:2]), lambda: model.save("never"), lambda: copy.deepcopy(model),
            ]
            for call in calls:
                try:
                    call()
                except RuntimeError as error:
                    if "when this process was forked" not in str(error):
                        os._exit(1)
                else:
                    os._exit(2)
            idle.learn_one(x, True)
            idle.learn_one(x, False)
            os._exit(0 if idle.predict_one(x) in (True, False) else 3)
        _, status = os.waitpid(child, 0)
        thread.join()
        assert model._learner.mixture.samples == 5_001
        sys.exit(os.waitstatus_to_exitcode(status))
    """
    command = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(code)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("engine", [NATIVE, "reference"])
def test_targets_that_several_threads_add_at_once_all_arrive(engine, switching):
    """What one thread has read of a sample's targets is too short for a network that another has given some since."""
    for _ in range(5):
        model = NormPropMultiTargetRegressor((3,), 0.01, engine=engine, seed=1)

        def learn(thread, model=model):
            for i in range(60):
                model.learn_one({"a": float(i)}, {f"{thread} {i // 3}": 1.0, "all": 2.0})

        in_threads(*[lambda thread=thread: learn(thread) for thread in range(3)])
        names = {"all", *(f"{thread} {i}" for thread in range(3) for i in range(20))}
        assert set(model.targets_) == names
        assert dict(zip(model.targets_, model._learner.target.count.tolist(), strict=True)) == {
            name: 180.0 if name == "all" else 3.0 for name in names
        }


@needs_native
def test_an_interrupt_as_the_turn_begins_leaves_the_model_free(monkeypatch):
    """Ctrl-C between the engine's being held and the block that releases it."""
    model = NormPropRegressor((3,), engine="native", seed=1)
    model.learn_one({"a": 1.0}, 1.0)
    before = bits(model)
    held = model._learner._engine.hold

    def interrupted():
        held()
        raise KeyboardInterrupt

    monkeypatch.setattr(model._learner._engine, "hold", interrupted)
    with pytest.raises(KeyboardInterrupt):
        model.learn_one({"b": 1.0}, 1.0)
    monkeypatch.undo()
    assert bits(model) == before
    model.learn_one({"b": 1.0}, 1.0)
    assert model.features_ == ["a", "b"]
