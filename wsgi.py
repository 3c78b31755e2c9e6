"""What gunicorn serves: `gunicorn wsgi:app`."""

from registry.app import create_app
from registry.collector import settle

app = create_app()
settle()
