"""Where the transformed template says that functions and layer are."""

BUCKET, KEY = "built", "artifact.zip"
