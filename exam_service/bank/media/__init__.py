"""Images of the question banks: storing within a quota, who may see them, where they are used."""
