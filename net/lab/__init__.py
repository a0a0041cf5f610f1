"""What the lessons need: runs of real programs, their recordings, the lessons' data, graders, the relay."""
