"""Sets up, on a bare Debian 12, all that the addons need to run: Odoo 19, Python packages, PostgreSQL,
databases, a browser. Start with :class:`tests.environment.environment.Environment`.

Two stages. The first (checks, odoo_source, virtualenv, browser) is standard library only and runs under the
system's Python; the second (postgres, database, template, server) runs inside the virtual environment.
"""
