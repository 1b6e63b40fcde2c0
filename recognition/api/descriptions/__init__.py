"""What each operation does, for the authors of programs: in English, as code is."""
