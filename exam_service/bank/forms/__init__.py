"""What the editor shows for each item type: fields as a browser posts them, and the content they make."""
