"""Finding each other on the LAN: DNS-SD, beacons, people met before, listed hosts. All it gives is hints."""

from net.chat.discovery.announcing import Options
from net.chat.discovery.discovery import Discovery
from net.chat.discovery.echoes import Echo
from net.chat.discovery.sightings import Sighting, Sightings, Way

__all__ = ["Discovery", "Echo", "Options", "Sighting", "Sightings", "Way"]
