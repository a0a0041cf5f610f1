"""What can stand on the stage besides one picture: two of them, outcomes counted, figures measured."""
