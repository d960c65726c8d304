<?php

namespace Licats\Tests;

/**
 * The documented part of the log's query dialect that the module uses: columns by name, conditions on parameters joined
 * by "and", ordered by number. Anything else is an error.
 */
final class LogQuery
{
    private const COLUMN = '[a-z_]+';

    /** @var list<string> */
    private array $columns;
    /** @var list<array{0: string, 1: string, 2: mixed}> */
    private array $conditions = [];

    public function __construct(mixed $sql, mixed $parameters, ?int $pid)
    {
        $name = self::COLUMN;
        $pattern = "/^select ($name(?:, $name)*) where ($name [=<>] \?(?: and $name [=<>] \?)*)( order by log_id)?$/D";
        if (!is_string($sql) || !is_array($parameters) || preg_match($pattern, $sql, $found) !== 1) {
            throw new \LogicException("not in the log's dialect: " . json_encode($sql));
        }
        $this->columns = explode(', ', $found[1]);
        $conditions = explode(' and ', $found[2]);
        if (count($conditions) !== count($parameters)) {
            throw new \LogicException('other parameters than placeholders');
        }
        foreach (array_values($parameters) as $position => $value) {
            [$column, $operator] = explode(' ', $conditions[$position]);
            $this->conditions[] = [$column, $operator, $value];
        }
        if (!in_array('project_id', array_column($this->conditions, 0), true) && $pid !== null) {
            $this->conditions[] = ['project_id', '=', $pid];
        }
    }

    /**
     * @param list<array<string, mixed>> $log
     * @return list<array<string, mixed>>
     */
    public function rows(array $log): array
    {
        $rows = [];
        foreach ($log as $line) {
            foreach ($this->conditions as [$column, $operator, $value]) {
                $order = isset($line[$column]) ? strnatcmp((string) $line[$column], (string) $value) : null;
                $fits = match ($operator) {
                    '=' => $order === 0,
                    '<' => $order !== null && $order < 0,
                    '>' => $order !== null && $order > 0,
                };
                if (!$fits) {
                    continue 2;
                }
            }
            $rows[] = array_combine(
                $this->columns,
                array_map(static fn (string $column): mixed => $line[$column] ?? null, $this->columns)
            );
        }
        return $rows;
    }
}
