"""The invigilator's pages: sittings, the board of one sitting, decisions, and the slips with login codes."""
