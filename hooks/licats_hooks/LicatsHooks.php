<?php

namespace Licats\LicatsHooks;

use ExternalModules\AbstractExternalModule;

require_once __DIR__ . '/src/autoload.php';

/**
 * REDCap's side of redcap_licats: shows what the worker computed, lists what it has to compute anew, watches over it,
 * and keeps queries in the Data Resolution Workflow. Writes no clinical data.
 */
class LicatsHooks extends AbstractExternalModule
{
    private const KEEP_SECONDS = 30 * 86400;

    // --- hooks ------------------------------------------------------------------------------------------

    /** Print the banner above an organ's form. Whatever goes wrong here must not keep anybody from the form. */
    public function redcap_data_entry_form_top(
        $project_id,
        $record,
        $instrument,
        $event_id,
        $group_id = null,
        $repeat_instance = 1
    ) {
        try {
            echo $this->banner((int) $project_id, $record, (string) $instrument, (int) $event_id, $repeat_instance);
        } catch (\Throwable $error) {
            Fault::note($this, 'banner', $error);
        }
    }

    /** Put the record on the list of changes. Whatever goes wrong here must not break a save. */
    public function redcap_save_record(
        $project_id,
        $record,
        $instrument,
        $event_id,
        $group_id = null,
        $survey_hash = null,
        $response_id = null,
        $repeat_instance = 1
    ) {
        try {
            if ((string) $record !== '' && $this->watches((int) $project_id, (string) $instrument)) {
                (new ChangeQueue($this, (int) $project_id))->append(
                    (string) $record,
                    (string) $instrument,
                    (int) $event_id,
                    (int) $repeat_instance,
                    ChangeQueue::SAVE
                );
            }
        } catch (\Throwable $error) {
            Fault::note($this, 'save', $error);
        }
    }

    /** "Recompute now". The record is the page's own, never one that the browser names. */
    public function redcap_module_ajax(
        $action,
        $payload,
        $project_id,
        $record,
        $instrument,
        $event_id,
        $repeat_instance,
        $survey_hash,
        $response_id,
        $survey_queue_hash,
        $page,
        $page_full,
        $user_id,
        $group_id
    ) {
        $known = $action === 'recompute' && is_numeric($project_id) && (string) $record !== '' && $survey_hash === null;
        if (!$known || !$this->rights((string) $user_id, (int) $project_id)->views((string) $instrument)) {
            return ['state' => 'refused'];
        }
        $queue = new ChangeQueue($this, (int) $project_id);
        if ($queue->isWaiting((string) $record, ChangeQueue::RECOMPUTE)) {
            return ['state' => 'already'];
        }
        $queue->append(
            (string) $record,
            (string) $instrument,
            (int) $event_id,
            (int) $repeat_instance,
            ChangeQueue::RECOMPUTE
        );
        return ['state' => 'done'];
    }

    /** The worker's calls. */
    public function redcap_module_api(
        $action,
        $payload,
        $project_id,
        $user_id,
        $format,
        $returnFormat,
        $csvDelim
    ) {
        try {
            $api = new Api($this, $this->words(), $this->now());
            $done = $api->call((string) $action, (array) $payload, $project_id, $user_id, (string) $returnFormat);
            return $this->apiJsonResponse($done);
        } catch (ApiError $error) {
            return $this->apiErrorResponse($error->getMessage(), $error->getCode());
        } catch (\Throwable $error) {
            Fault::note($this, "api $action", $error);
            return $this->apiErrorResponse('LICATS-FAULT: the module failed; see its log', 500);
        }
    }

    /** Show the link to the status page to those who set the project up. */
    public function redcap_module_link_check_display($project_id, $link)
    {
        return $this->rights('', (int) $project_id)->designs() ? $link : null;
    }

    public function validateSettings($settings)
    {
        return (new Settings($this->words()))->problems((array) $settings, function (string $name): bool {
            try {
                $this->getUser($name);
                return true;
            } catch (\Throwable) {
                return false;
            }
        });
    }

    /** Cron: tell people of a silent worker, and drop entries that nobody fetched for a month. */
    public function watchdog($cron)
    {
        $told = 0;
        foreach ($this->getProjectsWithModuleEnabled() as $pid) {
            try {
                $this->setProjectId((int) $pid);
                $told += $this->watch((int) $pid) ? 1 : 0;
                (new ChangeQueue($this, (int) $pid))->prune(date('Y-m-d H:i:s', $this->now() - self::KEEP_SECONDS));
            } catch (\Throwable $error) {
                Fault::note($this, "watchdog $pid", $error);
            }
        }
        return "$told told";
    }

    // --- pages ------------------------------------------------------------------------------------------

    /** The status page of a project as HTML. */
    public function statusPage(): string
    {
        $pid = (int) $this->getProjectId();
        $words = $this->words();
        if (!$this->rights('', $pid)->designs()) {
            return '<p>' . $this->escape($words->text('status_denied')) . '</p>';
        }
        $page = new StatusPage($this, $pid, $this->fieldMap($pid), $words);
        return $page->html();
    }

    // --- the rest ---------------------------------------------------------------------------------------

    protected function now(): int
    {
        return time();
    }

    private function banner(int $pid, mixed $record, string $form, int $event, mixed $instance): string
    {
        $map = $this->fieldMap($pid);
        $record = (string) $record;
        $form = $map->ours($form);
        if ($record === '' || $map->organ($form) === '') {
            return '';
        }
        $words = $this->words();
        $banner = new Banner($map, $words);
        $project = new Project($this, $pid);
        $rights = $this->rights('', $pid);
        $wanted = array_filter(
            $banner->wanted($form, static fn (string $part): bool => $rights->views($map->name($part))),
            static fn (array $fields, string $part): bool => $project->hasFields($map->name($part), $fields),
            ARRAY_FILTER_USE_BOTH
        );
        if (!isset($wanted[FieldMap::RESULT]) && !isset($wanted[FieldMap::QUERY])) {
            return '';
        }
        $rows = $project->rows($record, array_merge(...array_values($wanted)));
        $view = $banner->view($form, (int) ($instance ?: 1), $project->eventName($event), $wanted, $rows);
        $html = BannerHtml::render($this->escape($view), $this->escape($this->bannerTexts($pid, $record, $words)))
            . '<script src="' . $this->escape($this->getUrl('js/banner.js')) . '"></script>'
            . '<script>LicatsBanner(' . $this->getJavascriptModuleObjectName() . ');</script>';
        // prints or gives its script, by the framework's version; last, so that nothing fails after it
        return $this->initializeJavascriptModuleObject() . $html;
    }

    /** @return array<string, string> */
    private function bannerTexts(int $pid, string $record, Words $words): array
    {
        $last = (new Heartbeat($this, $pid))->last();
        $hours = Watchdog::hours($this->getProjectSetting('watchdog-hours', $pid)) ?: Watchdog::HOURS;
        $stale = '';
        if ((new ChangeQueue($this, $pid))->isWaiting($record)) {
            $stale = $words->text('stale_saved');
        } elseif ($last !== null && $this->now() - $last['received'] > $hours * 3600) {
            $stale = $words->text('stale_silent', ['time' => $this->moment($last['received'])]);
        }
        return [
            'computed' => $last === null
                ? $words->text('computed_never')
                : $words->text('computed_at', ['time' => $this->moment($last['finished'])]),
            'stale' => $stale,
            'button' => $words->text('recompute'),
            'done' => $words->text('recompute_done'),
            'already' => $words->text('recompute_already'),
            'failed' => $words->text('recompute_failed'),
        ];
    }

    private function watch(int $pid): bool
    {
        $dog = new Watchdog($this, $pid);
        $since = $dog->silentSince($this->now());
        $address = (string) ($this->getProjectSetting('alert-address', $pid)
            ?: $this->getSystemSetting('alert-address-all'));
        if ($since === null || $address === '') {
            return false;
        }
        $words = $this->words();
        $facts = ['pid' => $pid, 'time' => $this->moment($since)];
        $sender = (string) ($this->getSystemSetting('sender-address') ?: $address);
        \REDCap::email($address, $sender, $words->text('mail_subject', $facts), $words->text('mail_text', $facts));
        $dog->remember($this->now());
        return true;
    }

    /** Whether saving a form can change what the worker computes; its own forms never do. */
    private function watches(int $pid, string $form): bool
    {
        $map = $this->fieldMap($pid);
        return $map->isRead($form)
            || ($map->ours($form) === ''
                && in_array($form, (array) $this->getProjectSetting('watched-forms', $pid), true));
    }

    /** Rights of a user; of the one who is logged in if none is named. */
    private function rights(string $user, int $pid): Rights
    {
        $account = $user === '' ? $this->getUser() : $this->getUser($user);
        return new Rights($account->getRights($pid), $account->isSuperUser());
    }

    private function words(): Words
    {
        return new Words(fn (string $key): string => (string) $this->tt($key));
    }

    private function fieldMap(int $pid): FieldMap
    {
        return FieldMap::ofProject($this->getModulePath(), $pid);
    }

    private function moment(int $time): string
    {
        return date('Y-m-d H:i', $time);
    }
}
