"""Real servers for the tests: databases, Apache Kafka, S3, Spark; started when first asked for, gone at the end.

    def test_it(postgres: PostgresServer, broker: KafkaServer) -> None:
        url = postgres.new_database()            # postgresql://taquilla:…@127.0.0.1:20001/t1, the password is checked
        topic = broker.new_topic(partitions=4)   # its name; broker.bootstrap is what a client is told

Fixtures (both for the whole session; whoever stops a server starts it again before the test ends):

postgres         `services.postgres.PostgresServer`: `url(database)`, `password`, `new_database()`, `stop("fast" |
                 "immediate")`, `kill()`, `start()`, `restart()`, `terminate_backends()`, `connect()` as superuser
broker           `services.kafka.KafkaServer`: `bootstrap`, `new_topic()`, `stop()`, `kill()`, `start()`, `pause()`,
                 `resume()`, `kind`: "apache", or "noida" where Java or Maven are missing (a laptop; never CI)
durable_broker   the same, for tests that rest on what a broker keeps when it is killed: skipped on the stand-in
secure_broker    the same, for tests that need `sasl_bootstrap`, `sasl_username`, `sasl_password`: likewise
mariadb          `services.mariadb.MariaDbServer`: `url(database)`, `password`, `new_database()`, `load_sakila()` (read
                 it, change nothing), `kill_connections()`, `stop()`, `kill()`, `start()`, `pause()`, `connect()`;
                 skipped where no mariadbd is (never CI)
snowflake        `services.snowflake.SnowflakeServer`: fakesnow, which takes any password: `url()`, `new_database()`
s3               `services.s3.S3Server`: SeaweedFS, AWS_* set: `new_bucket()`; `s3_server`: the same without them
spark            `services.spark.SparkServer`: `engine` (local[2], one retry), `connected`, `address` (Spark Connect in
                 the same JVM); skipped without Java (never CI)

When a test that used a server fails, the end of the server's log stands in its report.
"""
