"""What was said, in sqlite and in files: recording, reading, finding, clearing, exporting."""
