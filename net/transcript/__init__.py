"""Records what sessions did, in sqlite and in files: recording, reading, searching, clearing, exporting."""
