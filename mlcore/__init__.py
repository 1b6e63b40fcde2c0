"""Speech emotion recognition; knows neither Django nor Celery and reads no settings."""
