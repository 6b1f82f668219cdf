"""What an installation is made of, as an SBOM, and what is known against it."""
