<?php

namespace Licats\Tests;

/**
 * A project with threads in a real MariaDB, an item to ask about, and people who write into its thread.
 */
abstract class QueryTestCase extends ModuleTestCase
{
    protected const WORKER = 1;
    protected const SITE = 2;
    protected const MONITOR = 3;

    protected function setUp(): void
    {
        parent::setUp();
        $this->world->freshTables();
        $this->sql("insert into redcap_projects values (7, 2), (8, 2)");
        $this->sql("insert into redcap_user_information values (1, 'worker'), (2, 'coordinator'), (3, 'monitor')");
        $this->world->state['settings'][Study::CLASSIC]['answer-drw'] = true;
    }

    protected function sql(string $sql): mixed
    {
        return $this->world->database()->query($sql);
    }

    /** @return list<array<string, mixed>> */
    protected function rows(string $sql): array
    {
        return $this->sql($sql)->fetch_all(MYSQLI_ASSOC);
    }

    /** @param array<string, mixed> $more */
    protected static function item(array $more = []): array
    {
        return $more + [
            'record' => '1', 'event' => '', 'form' => 'licats_kidney', 'field' => 'kidney_onset', 'instance' => 2,
            'queries' => [self::query('a')],
        ];
    }

    protected static function query(string $letter, string $print = 'aaaaaaaaaaaaaaaa'): array
    {
        return ['id' => str_repeat($letter, 16), 'rule' => 'DT01', 'fingerprint' => $print, 'text' => "Check $letter."];
    }

    /** @return array{result: string, reason: string} */
    protected function open(array $more = []): array
    {
        return $this->call('open-queries', ['items' => [self::item($more)]])[1]['results'][0];
    }

    /** @return array{result: string, reason: string} */
    protected function close(array $more = []): array
    {
        return $this->call('close-queries', ['items' => [self::item($more)]])[1]['results'][0];
    }

    protected function person(int $user, string $status, ?string $response = null, string $comment = 'words'): void
    {
        $answer = $response === null ? 'null' : "'$response'";
        $this->sql("insert into redcap_data_quality_resolutions
            (status_id, ts, user_id, response_requested, response, comment, current_query_status)
            values (1, '2027-01-15 09:00:00', $user, 0, $answer, '$comment', '$status')");
        $this->sql("update redcap_data_quality_status set query_status = '$status' where status_id = 1");
    }

    /** @return list<string> */
    protected function comments(): array
    {
        $rows = $this->rows('select comment from redcap_data_quality_resolutions order by res_id');
        return array_column($rows, 'comment');
    }
}
