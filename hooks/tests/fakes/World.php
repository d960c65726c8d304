<?php

namespace Licats\Tests;

/**
 * A small REDCap: what the fakes answer from. All of it is one array, so that a test server can keep it in a file.
 */
final class World
{
    private static ?World $current = null;
    private ?\mysqli $database = null;
    private Framework $framework;

    /** @var array<string, mixed> */
    public array $state;

    /** @param array<string, mixed> $state */
    public function __construct(array $state = [])
    {
        $this->state = $state + [
            'pid' => null,          // the framework's current project
            'core_pid' => null,     // that of REDCap's own classes
            'user' => null,         // who is logged in; null on surveys and in crons
            'language' => 'English',
            'broken' => [],         // methods that throw
            'projects' => [],
            'users' => [],
            'rows' => [],
            'settings' => [],
            'system' => [],
            'log' => [],
            'next_log' => 1,
            'events' => [],
            'mails' => [],
        ];
        $this->framework = new Framework($this);
        self::$current = $this;
    }

    public static function current(): self
    {
        return self::$current ?? throw new \LogicException('there is no world');
    }

    public function framework(): Framework
    {
        return $this->framework;
    }

    /** Act as a user on a page of a project. */
    public function onPage(int $pid, ?string $user): self
    {
        $this->state['pid'] = $this->state['core_pid'] = $pid;
        $this->state['user'] = $user;
        return $this;
    }

    /** @return array<string, mixed> */
    public function project(mixed $pid): array
    {
        return $this->state['projects'][$pid] ?? throw new \RuntimeException('there is no such project');
    }

    /** Folder of the packed module. */
    public static function module(): string
    {
        return rtrim((string) getenv('LICATS_MODULE'), '/') . '/';
    }

    public function database(): \mysqli
    {
        if ($this->database === null) {
            mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
            $socket = (string) getenv('LICATS_TEST_SOCKET');
            $this->database = new \mysqli(null, 'root', '', null, 0, $socket);
            $this->database->query('create database if not exists redcap');
            $this->database->select_db('redcap');
        }
        return $this->database;
    }

    /** Make the tables anew. */
    public function freshTables(): void
    {
        $this->database()->multi_query((string) file_get_contents(__DIR__ . '/../sql/drw_minimal.sql'));
        while ($this->database()->more_results()) {
            $this->database()->next_result();
        }
    }
}
