"""sqlite and files, for the transcript and the chat's history."""
