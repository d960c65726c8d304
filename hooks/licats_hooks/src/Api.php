<?php

namespace Licats\LicatsHooks;

/**
 * The worker's calls: who may make them, what they carry, which class does them.
 */
final class Api
{
    private const BATCH = 200;
    private const SETTLED_SECONDS = 300;

    /** @param object $module the framework's methods */
    public function __construct(private object $module, private Words $words, private int $now)
    {
    }

    /**
     * Do one action.
     *
     * @param array<string, mixed> $payload
     * @return array<string, mixed>
     */
    public function call(string $action, array $payload, mixed $projectId, mixed $user, string $format): array
    {
        if (!is_numeric($projectId)) {
            throw new ApiError(400, 'PROJECT', 'a token of a project is needed');
        }
        if ($format !== 'json') {
            throw new ApiError(406, 'FORMAT', 'only JSON is given');
        }
        $project = (int) $projectId;
        $this->module->setProjectId($project);
        $name = trim((string) $this->module->getProjectSetting('service-user', $project));
        if ($name === '' || !is_string($user) || strcasecmp($name, $user) !== 0) {
            throw new ApiError(403, 'USER', "the token's user is not the one named in the module's settings");
        }
        $account = $this->module->getUser($user);
        $rights = new Rights($account->getRights($project), $account->isSuperUser());
        if (!$rights->isMember()) {
            throw new ApiError(403, 'RIGHT', "the token's user has no rights in this project");
        }
        $data = self::data($payload);
        return match ($action) {
            'changes' => $this->changes(new Project($this->module, $project), $rights),
            'ack' => $this->acknowledge($project, self::batch($data, 'ids')),
            'heartbeat' => $this->heartbeat($project, $data),
            'list-queries' => ['threads' => $this->queries($project, $user, $rights)->list(
                array_map('strval', array_filter(self::batch($data, 'records'), 'is_scalar'))
            )],
            'changed-queries' => $this->queries($project, $user, $rights)->changed(
                $data['after'] ?? null,
                date('Y-m-d H:i:s', $this->now - self::SETTLED_SECONDS)
            ),
            'open-queries' => [
                'results' => $this->queries($project, $user, $rights)->open(self::batch($data, 'items')),
            ],
            'close-queries' => [
                'results' => $this->queries($project, $user, $rights)->close(self::batch($data, 'items')),
            ],
            default => throw new ApiError(501, 'ACTION', 'there is no such action'),
        };
    }

    /** @return array<string, mixed> */
    private function changes(Project $project, Rights $rights): array
    {
        $queue = new ChangeQueue($this->module, $project->id);
        $entries = $queue->oldest(self::BATCH);
        if ($rights->group() !== null) {
            $records = array_values(array_unique(array_column($entries, 'record')));
            $visible = $project->visible($records, $rights->group());
            $entries = array_filter($entries, static fn (array $one): bool => in_array($one['record'], $visible, true));
        }
        $changes = [];
        foreach ($entries as $entry) {
            $changes[] = ['event' => $project->eventName($entry['event'])] + $entry;
        }
        return ['changes' => $changes, 'waiting' => $queue->waiting()];
    }

    /**
     * @param list<mixed> $ids
     * @return array<string, mixed>
     */
    private function acknowledge(int $project, array $ids): array
    {
        $queue = new ChangeQueue($this->module, $project);
        $results = [];
        foreach ($ids as $id) {
            $done = is_int($id) ? ($queue->remove($id) ? 'removed' : 'absent') : 'refused';
            $results[] = ['id' => $id, 'result' => $done];
        }
        return ['results' => $results];
    }

    /**
     * @param array<string, mixed> $data
     * @return array<string, mixed>
     */
    private function heartbeat(int $project, array $data): array
    {
        (new Heartbeat($this->module, $project))->keep($data, $this->now);
        return ['received' => date(DATE_ATOM, $this->now)];
    }

    private function queries(int $project, string $user, Rights $rights): QueryApi
    {
        if (!in_array($this->module->getProjectSetting('answer-drw', $project), [true, 1, '1', 'true'], true)) {
            throw new ApiError(403, 'DRW-OFF', "queries in the workflow are switched off in the module's settings");
        }
        $store = new QueryStore($this->module, $project, $user);
        $problem = $store->problem();
        if ($problem !== '') {
            throw new ApiError(501, 'DRW', $problem);
        }
        $now = date('Y-m-d H:i:s', $this->now);
        $known = new Project($this->module, $project);
        return new QueryApi($known, $rights, $store, $this->words, $now, $this->module);
    }

    /**
     * @param array<string, mixed> $payload
     * @return array<string, mixed>
     */
    private static function data(array $payload): array
    {
        $text = $payload['data'] ?? '{}';
        $data = is_string($text) ? json_decode($text, true, 8) : null;
        if (!is_array($data)) {
            throw new ApiError(400, 'DATA', "'data' is no JSON object");
        }
        return $data;
    }

    /**
     * @param array<string, mixed> $data
     * @return list<mixed>
     */
    private static function batch(array $data, string $key): array
    {
        $items = $data[$key] ?? null;
        if (!is_array($items) || $items !== array_values($items) || count($items) > self::BATCH) {
            throw new ApiError(400, 'DATA', "'$key' must be a list of at most " . self::BATCH);
        }
        return $items;
    }
}
