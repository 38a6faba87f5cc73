"""The routes, one module a noun; each exports its endpoints as one tuple."""
