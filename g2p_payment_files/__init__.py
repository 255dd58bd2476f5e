from . import controllers, models, wizards
from .hooks import forget_links
