"""Official Vietnamese documents: one model of what a document says, and two writers that lay it out (PDF, Word)."""
