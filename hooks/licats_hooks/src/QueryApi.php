<?php

namespace Licats\LicatsHooks;

/**
 * The worker's calls about queries. Each item of a call is checked, done and answered by itself.
 */
final class QueryApi
{
    public function __construct(
        private Project $project,
        private Rights $rights,
        private QueryStore $store,
        private Words $words,
        private string $now,
        private object $module
    ) {
    }

    /**
     * @param list<string> $records
     * @return list<array<string, mixed>>
     */
    public function list(array $records): array
    {
        if (!$this->rights->viewsQueries()) {
            throw new ApiError(403, 'RIGHT', 'the worker may not view data queries');
        }
        $threads = [];
        foreach ($this->store->threads($this->project->visible($records, $this->rights->group())) as $thread) {
            $form = $thread['form'] === '' ? $this->project->formOf($thread['field']) : $thread['form'];
            $threads[] = [
                'record' => $thread['record'],
                'event' => $this->project->eventName($thread['event']),
                'form' => $form,
                'field' => $thread['field'],
                'instance' => $thread['instance'],
                'status' => $thread['status'],
                'steps' => array_map([self::class, 'shown'], $thread['steps']),
            ];
        }
        return $threads;
    }

    /**
     * Records in whose threads people took a step. Whoever asks means to open and close threads, so that a right that
     * is missing is named before anything is written.
     *
     * @return array<string, mixed> see QueryStore::news()
     */
    public function changed(mixed $after, string $settled): array
    {
        if (!$this->rights->opensQueries() || !$this->rights->closesQueries()) {
            throw new ApiError(403, 'RIGHT', 'the worker may not open and close data queries');
        }
        if ($after !== null && !is_int($after)) {
            throw new ApiError(400, 'DATA', "'after' must be a number or null");
        }
        $news = $this->store->news($after, $settled);
        $records = array_values(array_unique(array_column($news['steps'], 'record')));
        $visible = $this->project->visible($records, $this->rights->group());
        $news['steps'] = array_values(array_filter(
            $news['steps'],
            static fn (array $step): bool => in_array($step['record'], $visible, true)
        ));
        return $news;
    }

    /**
     * @param list<mixed> $items
     * @return list<array{result: string, reason: string}>
     */
    public function open(array $items): array
    {
        if (!$this->rights->opensQueries()) {
            throw new ApiError(403, 'RIGHT', 'the worker may not open data queries');
        }
        return $this->each($items, function (Spot $spot, array $item): array {
            $queries = self::queries($item['queries'] ?? null);
            if ($queries === []) {
                return ['refused', 'queries'];
            }
            $heading = fn (string $done): string => match ($done) {
                'reopened' => $this->words->text('drw_again'),
                'added' => $this->words->text('drw_now'),
                default => '',
            };
            return $this->store->ask($spot, $queries, $heading, $this->now);
        });
    }

    /**
     * @param list<mixed> $items
     * @return list<array{result: string, reason: string}>
     */
    public function close(array $items): array
    {
        if (!$this->rights->closesQueries()) {
            throw new ApiError(403, 'RIGHT', 'the worker may not close data queries');
        }
        return $this->each($items, fn (Spot $spot, array $item): array => $this->store->close(
            $spot,
            $this->words->text(($item['why'] ?? '') === 'off' ? 'drw_off' : 'drw_agree'),
            $this->now
        ));
    }

    /**
     * @param list<mixed> $items
     * @param callable(Spot, array<string, mixed>): array{0: string, 1: string} $work
     * @return list<array{result: string, reason: string}>
     */
    private function each(array $items, callable $work): array
    {
        $records = [];
        foreach ($items as $item) {
            if (is_array($item) && is_string($item['record'] ?? null) && $item['record'] !== '') {
                $records[] = $item['record'];
            }
        }
        $visible = $this->project->visible(array_values(array_unique($records)), $this->rights->group());
        $results = [];
        foreach ($items as $item) {
            $spot = is_array($item) ? $this->spot($item, $visible) : 'item';
            try {
                [$result, $reason] = $spot instanceof Spot ? $work($spot, $item) : ['refused', $spot];
            } catch (ApiError $error) {
                throw $error;
            } catch (\Throwable $error) {
                // the others are not to wait for one that the database does not take
                Fault::note($this->module, 'query', $error);
                [$result, $reason] = ['refused', 'fault'];
            }
            if (in_array($result, ['opened', 'added', 'reopened', 'closed'], true)) {
                \REDCap::logEvent(
                    "LICATS: data query $result",
                    "form = {$spot->form}, field = {$spot->field}, instance = {$spot->instance}",
                    null,
                    $spot->record,
                    $spot->event,
                    $this->project->id
                );
            }
            $results[] = ['result' => $result, 'reason' => $reason];
        }
        return $results;
    }

    /**
     * The spot that an item names, or the word for what is wrong with it.
     *
     * @param array<string, mixed> $item
     * @param list<string> $visible
     */
    private function spot(array $item, array $visible): Spot|string
    {
        foreach (['record', 'event', 'form', 'field'] as $key) {
            if (!is_string($item[$key] ?? null)) {
                return 'item';
            }
        }
        $instance = $item['instance'] ?? null;
        if (!is_int($instance) || $instance < 1) {
            return 'item';
        }
        // whether a record is another group's or not there at all is nobody's business
        if (!in_array($item['record'], $visible, true)) {
            return 'record';
        }
        $event = $this->project->eventId($item['event']);
        if ($event === null) {
            return 'event';
        }
        if (!$this->project->hasForm($item['form'], $event)) {
            return 'form';
        }
        if (!$this->rights->views($item['form'])) {
            return 'right';
        }
        if (!$this->project->hasField($item['form'], $item['field'])) {
            return 'field';
        }
        $repeats = $this->project->repeats($item['form'], $event);
        if (!$repeats && $instance !== 1) {
            $place = [$item['record'], $event, $item['form'], $item['field'], $instance];
            // the form does not repeat by itself; where its event does as a whole, the instance is a row of its own
            if (!$this->project->hasEventInstance(...$place)) {
                return 'instance';
            }
        }
        $repeating = $repeats ? $item['form'] : null;
        return new Spot($item['record'], $event, $item['form'], $item['field'], $repeating, $instance);
    }

    /**
     * The queries of an item; none if one of them is not as it should be.
     *
     * @return list<array{id: string, rule: string, fingerprint: string, text: string}>
     */
    private static function queries(mixed $given): array
    {
        $patterns = ['id' => '/^[0-9a-f]{16}$/D', 'rule' => '/^\w{1,20}$/D', 'fingerprint' => '/^[0-9a-f]{8,64}$/D'];
        $queries = [];
        if (!is_array($given) || count($given) > QueryComment::MOST) {
            return [];
        }
        foreach ($given as $one) {
            foreach ($patterns as $key => $pattern) {
                if (!is_string($one[$key] ?? null) || preg_match($pattern, $one[$key]) !== 1) {
                    return [];
                }
            }
            if (!is_string($one['text'] ?? null) || trim($one['text']) === '') {
                return [];
            }
            $queries[] = ['id' => $one['id'], 'rule' => $one['rule'], 'fingerprint' => $one['fingerprint'],
                'text' => $one['text']];
        }
        return $queries;
    }

    /**
     * A step as the worker sees it; of our own ones the marks, of a person's the comment.
     *
     * @return array<string, mixed>
     */
    private static function shown(Step $step): array
    {
        $asks = [];
        foreach ($step->marks as $id => $fingerprint) {
            $asks[] = ['id' => substr($id, 1), 'fingerprint' => $fingerprint];
        }
        return [
            'id' => $step->id,
            'at' => $step->at === '' ? null : $step->at,
            'user' => $step->user,
            'ours' => $step->ours,
            'status' => $step->status,
            'response' => $step->response,
            'comment' => $step->ours ? '' : $step->comment,
            'asks' => $asks,
        ];
    }
}
