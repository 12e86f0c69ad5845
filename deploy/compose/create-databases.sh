# Makes one database and one user per service, each user with rights on its own database only.
# The MariaDB image sources this file when it makes a new data directory; docker_process_sql is the image's own.
for service in airline flight fare booking payment notification auth auditor; do
    name=aerosaga_$service
    password_variable=AEROSAGA_$(echo "$service" | tr '[:lower:]' '[:upper:]')_DATABASE_PASSWORD
    # In a GRANT an underscore stands for any sign, unless it is escaped.
    docker_process_sql <<SQL
CREATE DATABASE IF NOT EXISTS \`$name\`;
CREATE USER IF NOT EXISTS '$name'@'%' IDENTIFIED BY '${!password_variable:?}';
GRANT ALL PRIVILEGES ON \`aerosaga\\_$service\`.* TO '$name'@'%';
SQL
done
