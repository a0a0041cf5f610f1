"""The player: a lesson's steps on a stage, for a projector."""
