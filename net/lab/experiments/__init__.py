"""The experiments: scenes that are more than programs, by the name that a lesson's scene gives."""

from __future__ import annotations

from net.lab.experiments.measure_here import MeasureHere
from net.lab.experiments.one_road import OneRoad
from net.lab.experiments.relay_between import RelayBetween
from net.lab.lesson import MEASURE_HERE, ONE_ROAD
from net.lab.run.experiment import ExperimentMaker

EXPERIMENTS: dict[str, ExperimentMaker] = {
    "relay-between": RelayBetween,
    ONE_ROAD: OneRoad,
    MEASURE_HERE: MeasureHere,
}
